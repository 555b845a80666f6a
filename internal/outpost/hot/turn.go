package hot

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"fmt"

	"holdfast.dev/holdfast/internal/stock"
)

// longest is how long a product's id may be: its holder's has 7 bytes more.
const longest = 128 - 7

// UnfitError says why an item cannot sell through Redis.
type UnfitError struct {
	Item   stock.ItemKey
	Reason string
}

func (e *UnfitError) Error() string {
	return fmt.Sprintf("product %q at location %q cannot sell through Redis: %s", e.Item.Product, e.Item.Location, e.Reason)
}

// On lets Redis sell the item, all but floor units. Errors are *UnfitError, and ErrBusy
// while the item is being turned off. The journal has the note, when there is one. Repeated it does nothing.
func (r *Road) On(ctx context.Context, k stock.ItemKey, floor stock.Qty, why ...stock.Note) error {
	if err := r.books.fits(ctx, k); err != nil {
		return err
	}
	l, err := r.store.Add(ctx, k)
	if err != nil {
		return fmt.Errorf("turn product %q on: %w", k.Product, err)
	}
	switch l.State {
	case Sealed:
		return fmt.Errorf("%w: it is being turned off", ErrBusy)
	case Off:
		to := l
		to.Epoch, to.State, to.Holder, to.Floor, to.Era = l.Epoch+1, Opening, stock.NextEpoch(l.Holder, draw()), floor, r.era
		if _, err := r.store.Move(ctx, l, to); err != nil {
			return fmt.Errorf("turn product %q on: %w", k.Product, err)
		}
	}
	m := maker{road: r}
	if len(why) > 0 {
		m.why = why[0]
	}
	return m.begin(ctx, k)
}

func beginning(l Listed) stock.BeginHolder {
	return stock.BeginHolder{
		Item: stock.HolderItem(l.Key.Tenant, l.Key.Location, holderOf(l)), Bucket: stock.BucketOf(l.Key.Tenant, l.Key.Location), Epoch: l.Holder,
	}
}

// drain brings all tasks of the item into the books.
func (r *Road) drain(ctx context.Context, l Listed) error {
	for {
		if n, err := r.writeBack(ctx, l); err != nil || n == 0 {
			return err
		}
	}
}

// Feed gives Redis the units that came to the item since, and brings those that orders wait
// for to them.
func (r *Road) Feed(ctx context.Context, l Listed) error {
	_, given, err := r.books.grant(ctx, l)
	if err != nil {
		return fmt.Errorf("give Redis units of product %q: %w", l.Key.Product, err)
	}
	return r.Waiting.follow(ctx, l, given)
}

// Off lets the ledger sell the item again. The journal has the note, when there is one. Repeated it
// does nothing.
func (r *Road) Off(ctx context.Context, k stock.ItemKey, why ...stock.Note) error {
	l, err := r.known.look(ctx, k)
	if err != nil {
		return err
	}
	if l.State == Opening || l.State == Open {
		to := l
		to.Epoch, to.State = l.Epoch+1, Sealed
		if _, err := r.store.Move(ctx, l, to); err != nil {
			return fmt.Errorf("turn product %q off: %w", k.Product, err)
		}
	}
	return r.finish(ctx, k, why...)
}

// TakeBack turns off an item whose figures in Redis are wrong, if it is still the one that they were found of: another process may
// have mended it. The journal says why.
func (r *Road) TakeBack(ctx context.Context, l Listed, why string) (mine bool, err error) {
	if err := (mender{r}).count(ctx, WrongFigures, why, 0, l); err != nil {
		return false, err
	}
	to := l
	to.Epoch, to.State = l.Epoch+1, Sealed
	if mine, err = r.store.Move(ctx, l, to); err != nil || !mine {
		return false, err
	}
	return true, r.finish(ctx, l.Key)
}

// finish turns an item off that is sealed. The journal has the note, when there is one.
func (r *Road) finish(ctx context.Context, k stock.ItemKey, why ...stock.Note) error {
	l, err := r.known.look(ctx, k)
	if err != nil || l.State != Sealed {
		return err
	}
	if err := r.handBack(ctx, l, why...); err != nil && !r.left(ctx, l) { // nobody else did it
		return fmt.Errorf("turn product %q off: %w", k.Product, err)
	}
	_, err = r.known.look(ctx, k)
	return err
}

// handBack gives the ledger all units of a sealed item.
func (r *Road) handBack(ctx context.Context, l Listed, why ...stock.Note) error {
	k := l.Key
	unlock, err := r.known.lock(ctx, l)
	if err != nil {
		return err
	}
	defer unlock()
	if err := r.calm.ask(ctx, func(ctx context.Context) error {
		_, err := r.redis.Seal(ctx, l.Key, l.Epoch)
		return err
	}); err != nil { // nothing of it can become durable, sealed there or not
		r.log.DebugContext(ctx, "a balance was not sealed", "product", k.Product, "err", err)
	}
	if err := r.drain(ctx, l); err != nil {
		return err
	}
	holder := stock.HolderItem(k.Tenant, k.Location, holderOf(l))
	if err := giveBackStrays(ctx, r, l, true); err != nil {
		return err
	}
	of, err := mender{r}.untold(ctx, l)
	if err != nil {
		return err
	}
	reclaim := stock.Reclaim{Item: k, Bucket: stock.BucketOf(k.Tenant, k.Location), Holder: holderOf(l), Note: of[l.ID].note}
	if len(why) > 0 && len(of) == 0 {
		reclaim.Note = why[0]
	}
	for _, cmd := range []stock.Command{
		beginning(l), // a late process cannot begin an epoch that has ended
		stock.CloseHolder{Item: holder, Bucket: stock.BucketOf(k.Tenant, k.Location), Epoch: l.Holder},
		reclaim,
	} {
		if err := r.books.submit(ctx, cmd); err != nil {
			return err
		}
	}
	mender{r}.told(ctx, of[l.ID].ids...)
	to := l
	to.State = Off
	_, err = r.store.Move(ctx, l, to)
	return err
}

func holderOf(l Listed) string { return stock.RedisHolder(l.Key.Product) }

// draw returns a number that differs each time.
func draw() uint64 {
	var b [8]byte
	_, _ = rand.Read(b[:]) // it never fails
	return binary.LittleEndian.Uint64(b[:])
}
