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

// CatalogService tells what was written and deleted of all that is not stock.
type CatalogService struct {
	c    *caller
	stub holdfastv1.CatalogServiceClient
}

// CatalogChange says that something was written or deleted. What it is now its own call tells.
type CatalogChange struct {
	// Position names the change and the place behind it: the After of a list or watch
	// that goes on from here.
	Position string
	// After is the place behind the change as a watch has it.
	After   string
	At      time.Time
	Kind    string // such as "kit"
	ID      string
	Deleted bool
}

// CatalogChangeList says which changes are wanted.
type CatalogChangeList struct {
	Kinds []string // all when empty
	ID    string   // only of what has this id
	// After is the position to go on from, or "start". Empty: what is written from now on.
	After    string
	PageSize int // 1 to 500; 50 when 0
	// Wait is how long to wait for the first change when there is none: whole seconds, at
	// most 5.
	Wait time.Duration
}

// CatalogChanges are changes, oldest first. There may be none, and yet more behind Position.
type CatalogChanges struct {
	Changes  []CatalogChange
	Position string // where to go on from
	More     bool   // more may lie behind it already
}

// Changes reads what was written or deleted behind a position.
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
	ID    string   // only of what has this id
	// After is the position to go on from. Empty: what is written from now on.
	After string
	// Idle wants to know of places without a change too: a CatalogChange that has After alone.
	Idle bool
}

// watchWait is how long one call of a watch waits: shorter than the first limit of a call.
const watchWait = 2 * time.Second

// Watch yields what is written and deleted, each change once and in order, until ctx ends
// or the loop is left. It ends with an error that says why: ErrPositionGone says that the
// catalog was restored to before the position.
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

// AppendJSON writes the change behind dst as GET /v1/catalog/changes shows it.
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
