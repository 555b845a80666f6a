package client

import (
	"context"
	"iter"
	"sync"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	holdfastv1 "holdfast.dev/holdfast/api/holdfast/v1"
	"holdfast.dev/holdfast/api/render"
)

// CatalogService lists the writes and deletions of everything that is not stock.
type CatalogService struct {
	c    *caller
	stub holdfastv1.CatalogServiceClient
}

// CatalogChange is a write or a deletion. The object's own call shows its present state.
type CatalogChange struct {
	// Position is the place directly after the change: pass it as After to a list or
	// watch to continue from here.
	Position string
	// After is the position after the change, as a watch uses it.
	After   string
	At      time.Time
	Kind    string // such as "kit"
	ID      string
	Deleted bool
}

// CatalogChangeList says which changes are wanted.
type CatalogChangeList struct {
	Kinds []string // all when empty
	ID    string   // only changes of the object with this id
	// After is the position to continue from, or "start". Empty: only changes from now on.
	After    string
	PageSize int // 1 to 500; 50 when 0
	// Wait is how long to wait for the first change when there is none: whole seconds, at
	// most 5.
	Wait time.Duration
}

// CatalogChanges are changes, oldest first. The page may be empty although more changes follow.
type CatalogChanges struct {
	Changes  []CatalogChange
	Position string // where to continue
	More     bool   // more changes may follow already
}

// Changes reads the writes and deletions after a position.
func (s *CatalogService) Changes(ctx context.Context, r CatalogChangeList) (*CatalogChanges, error) {
	return askOne(ctx, s.c, "catalog_changes", s.stub.ListCatalogChanges, &holdfastv1.ListCatalogChangesRequest{
		Kinds: r.Kinds, Id: r.ID, After: r.After, PageSize: size(r.PageSize), WaitSeconds: new(int32(r.Wait / time.Second)),
	}, func(m *holdfastv1.ListCatalogChangesResponse) CatalogChanges {
		return CatalogChanges{Changes: each(m.GetChanges(), catalogChangeOf), Position: m.GetPosition(), More: m.GetMore()}
	})
}

// WatchCatalog says which changes are watched.
type WatchCatalog struct {
	Kinds []string // all when empty
	ID    string   // only changes of the object with this id
	// After is the position to continue from. Empty: only changes from now on.
	After string
	// Idle asks for positions without a change too: a CatalogChange that has After alone.
	Idle bool
}

// watchWait is how long one call of a watch waits, shorter than the first limit of a call.
const watchWait = 2 * time.Second

// Watch yields each write and deletion once and in order, until ctx ends or the caller
// leaves the loop. It ends with an error that gives the reason: ErrPositionGone means that
// the catalog was restored to a state before the position.
func (s *CatalogService) Watch(ctx context.Context, r WatchCatalog) iter.Seq2[CatalogChange, error] {
	return func(yield func(CatalogChange, error) bool) {
		q := CatalogChangeList{Kinds: r.Kinds, ID: r.ID, After: r.After, PageSize: 500}
		for {
			page, err := s.Changes(ctx, q)
			if err != nil {
				yield(CatalogChange{}, err)
				return
			}
			for _, one := range page.Changes {
				if one.After = one.Position; !yield(one, nil) {
					return
				}
			}
			moved := q.After != page.Position
			if q.After = page.Position; r.Idle && (moved || len(page.Changes) == 0) && !yield(CatalogChange{After: q.After}, nil) {
				return
			}
			if q.Wait = watchWait; page.More {
				q.Wait = 0
			}
		}
	}
}

// changeWriter plans the JSON of changes once.
var changeWriter = sync.OnceValues(func() (*render.Writer, error) {
	return render.New((&holdfastv1.CatalogChange{}).ProtoReflect().Descriptor())
})

// AppendJSON appends the change to dst as GET /v1/catalog/changes shows it.
func (c *CatalogChange) AppendJSON(dst []byte) []byte {
	w, err := changeWriter()
	if err != nil {
		panic(err) // the definition has a field that has no JSON: no test has passed
	}
	return w.Append(dst, catalogChangeMessage(c))
}

func catalogChangeMessage(c *CatalogChange) *holdfastv1.CatalogChange {
	return &holdfastv1.CatalogChange{ChangeId: c.Position, At: timestamppb.New(c.At), Kind: c.Kind, Id: c.ID, Deleted: c.Deleted}
}

func catalogChangeOf(m *holdfastv1.CatalogChange) CatalogChange {
	return CatalogChange{Position: m.GetChangeId(), At: timeOf(m.GetAt()), Kind: m.GetKind(), ID: m.GetId(), Deleted: m.GetDeleted()}
}
