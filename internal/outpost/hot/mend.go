package hot

import (
	"context"
	"errors"
	"fmt"
	"time"

	"holdfast.dev/holdfast/internal/stock"
)

// MendKind says what was wrong in Redis.
type MendKind uint8

// The numbers are those in the table hot_mend.
const (
	// WrongFigures were not those of the books.
	WrongFigures MendKind = 1
	// LostKeys were a part of the balance, or all of it.
	LostKeys MendKind = 2
	// LeftTakings had no tasks.
	LeftTakings MendKind = 3
)

// Mend says that a balance in Redis was not as it should be. It is stored before the balance is mended: a process that dies
// meanwhile leaves one that counts, and whoever mends the balance after it counts no second one.
type Mend struct {
	ID   int64
	Item int64
	Key  stock.ItemKey // of the item, when the store returned it
	// Epoch and Taking name the mend within the item: Taking is the first one that was given back, 0 when the whole
	// balance was made anew.
	Epoch, Taking int64
	Kind          MendKind
	At            time.Time
	Why           string
}

// Mends are what was mended, with whether the journals say it.
type Mends interface {
	// Mend stores mends of items that are open in their epochs. One with the name of another one is the same.
	Mend(ctx context.Context, all []Mend) error
	// Untold returns mends that no journal has, the oldest first: those of the items, or of all items without any.
	Untold(ctx context.Context, items ...int64) ([]Mend, error)
	// Told notes that journals have the mends.
	Told(ctx context.Context, ids []int64) error
	// Mended returns the mends since a moment, of one tenant, or of all with "".
	Mended(ctx context.Context, tenant string, since time.Time) ([]Mend, error)
}

const (
	// tellAfter is how old a mend is that no journal has when another process writes it there.
	tellAfter = 10 * time.Second
	// mendsMost is up to how many balances that were lost at once are counted: more of them are a Redis that was emptied.
	mendsMost = 100
)

// ofRedis is the reference of what Redis has made necessary.
const ofRedis = "redis"

// mended is what the journal is to say of an item.
type mended struct {
	note stock.Note
	ids  []int64
}

// mender counts what is mended in Redis, and has the journals say it.
type mender struct{ road *Road }

// untold is what the journals of the items are to say.
func (r mender) untold(ctx context.Context, items ...Listed) (map[int64]mended, error) {
	ids := make([]int64, len(items))
	for i, l := range items {
		ids[i] = l.ID
	}
	all, err := r.road.store.Untold(ctx, ids...)
	if err != nil {
		return nil, fmt.Errorf("%w: read what was mended: %w", ErrDatabase, err)
	}
	of := map[int64]mended{}
	for _, m := range all {
		is := of[m.Item]
		is.ids = append(is.ids, m.ID)
		is.note = stock.Note{Reason: m.Why, Reference: ofRedis}
		if n := len(is.ids) - 1; n > 0 {
			is.note.Reason += fmt.Sprintf(" (and %d times before)", n)
		}
		of[m.Item] = is
	}
	return of, nil
}

// told notes that the journals have the mends. When it fails, they have them twice.
func (r mender) told(ctx context.Context, ids ...int64) {
	if len(ids) == 0 {
		return
	}
	if err := r.road.store.Told(context.WithoutCancel(ctx), ids); err != nil {
		r.road.log.DebugContext(ctx, "the journal may say twice that balances were mended", "mends", len(ids), "err", err)
	}
}

// tell writes what was mended of open items into their journals.
func (r mender) tell(ctx context.Context, items ...Listed) error {
	of, err := r.untold(ctx, items...)
	if err != nil || len(of) == 0 {
		return err
	}
	notes := map[int64]stock.Note{}
	for id, m := range of {
		notes[id] = m.note
	}
	grants, err := r.road.books.grantAll(ctx, items, notes)
	if err != nil {
		return err
	}
	var errs []error
	for i, l := range items {
		if errs = append(errs, grants[i].err); grants[i].err == nil {
			r.told(ctx, of[l.ID].ids...)
		}
	}
	return errors.Join(errs...)
}

// tellOld does so for mends of processes that are gone.
func (r mender) tellOld(ctx context.Context, all []Listed) {
	untold, err := r.road.store.Untold(ctx)
	if err != nil {
		r.road.log.WarnContext(ctx, "it cannot be read which balances were mended", "err", err)
		return
	}
	old := map[int64]Mend{}
	for _, m := range untold {
		if r.road.now().Sub(m.At) > tellAfter {
			old[m.Item] = m
		}
	}
	for _, l := range all {
		if m, is := old[l.ID]; is && l.State == Open && (m.Epoch < l.Epoch || m.Taking > 0) { // it was mended
			r.road.try(ctx, l.Key, "write into the journal what was mended", func() error { return r.tell(ctx, l) })
		}
	}
}

// count stores that balances are about to be mended.
func (r mender) count(ctx context.Context, kind MendKind, why string, taking int64, items ...Listed) error {
	all := make([]Mend, len(items))
	for i, l := range items {
		all[i] = Mend{Item: l.ID, Epoch: l.Epoch, Taking: taking, Kind: kind, At: r.road.now(), Why: why}
	}
	if len(all) == 0 {
		return nil
	}
	if err := r.road.store.Mend(ctx, all); err != nil {
		return fmt.Errorf("%w: count what is mended: %w", ErrDatabase, err)
	}
	return nil
}

// judge is what is to be mended of a balance that cannot be used, "" when nothing was wrong: Redis was started again or failed over.
func (r mender) judge(why error) (MendKind, string) {
	lost, empty := errors.AsType[*epochError](why)
	switch {
	case errors.Is(why, errBeyond):
		return WrongFigures, "Redis had units that the ledger did not give it: its balance was made again from the books"
	case errors.Is(why, ErrRun), empty && !lost.written(r.road.redisGate):
		return 0, ""
	case errors.Is(why, ErrAbsent), errors.Is(why, ErrEpoch):
		return LostKeys, "Redis had lost a part of its balance: it was made again from the books"
	}
	return WrongFigures, "Redis had a balance that cannot be used: it was made again from the books"
}

// countLost counts the balances among those that cannot be used that something was wrong with.
func (r mender) countLost(ctx context.Context, lost []lostBalance) error {
	of := map[MendKind][]Listed{}
	why := map[MendKind]string{}
	for _, l := range lost[:min(len(lost), mendsMost)] {
		kind, text := r.judge(l.why)
		if text != "" {
			of[kind], why[kind] = append(of[kind], l.Listed), text
		}
	}
	var errs []error
	for kind, some := range of {
		errs = append(errs, r.count(ctx, kind, why[kind], 0, some...))
	}
	return errors.Join(errs...)
}

// Mended are the mends since a moment, by any process, of one tenant, or of all with "".
func (r *roll) Mended(ctx context.Context, tenant string, since time.Time) ([]Mend, error) {
	all, err := r.store.Mended(ctx, tenant, since)
	if err != nil {
		return nil, databaseError(err)
	}
	return all, nil
}
