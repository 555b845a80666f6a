package catalog

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"
)

// Till is a till of a store and the policy of its escrow: which share of the units at its location
// it may have, to sell while its line to the centre is down.
type Till struct {
	Tenant   string `json:"-"`
	ID       string `json:"-"`
	Location string `json:"location"`       // known, and not spread
	Name     string `json:"name,omitempty"` // for people, 0 to 256 bytes
	// Percent, 0 to 100, is the share of the units at the location, pool and own escrow together,
	// that the till may have. Floor is how many units it has at least while there are some;
	// Ceiling how many at most, 0 is no bound.
	Percent int64 `json:"percent"`
	Floor   int64 `json:"floor,omitempty"`
	Ceiling int64 `json:"ceiling,omitempty"`
	// Level, 1 to 100, is which share of what it is to have it may be down to before it gets more; 0, of
	// one that was set before there were levels, is DefaultTillLevel.
	Level int64 `json:"level,omitempty"`
	// Rank says which till of a location goes first where there is little: the lower one.
	Rank int64 `json:"rank,omitempty"`
	// Channel is the one that it sells for: units come out of its quota first. "" is none: out of the
	// shared pool alone.
	Channel string `json:"channel,omitempty"`
	// AtRisk says that it may sell more than it has while the centre cannot be asked.
	AtRisk bool `json:"at_risk,omitempty"`
	// Left are the parts of the policy that it does not say itself; here they are 0, and Resolve
	// fills them in.
	Left    TillLeft `json:"left,omitzero"`
	Changed Moment   `json:"changed"` // when its policy was
	// Epoch names the file that is paired with it; "": none is.
	Epoch string `json:"epoch,omitempty"`
	// Offset is how far the clock of this server was ahead of the till's when it said hello.
	Offset Period `json:"offset,omitempty"`
	// Code is the newest pairing code.
	Code TillCode `json:"-"`
	// Heard is what the till said of itself last. Servers note it now and then.
	Heard TillHeard `json:"-"`
	// Revision is that of the entry that wrote it last.
	Revision int64 `json:"-"`
	// Gone says that it was dropped.
	Gone bool `json:"-"`
	// From is where each part of its policy comes from; zero: it was not resolved.
	From TillFrom `json:"-"`
}

const (
	// DefaultTillPercent is the share of a till that nobody has chosen one for.
	DefaultTillPercent = 50
	// DefaultTillLevel is the level of a till that nobody has chosen one for.
	DefaultTillLevel = 50
	// MaxTillRank is the highest rank of a till.
	MaxTillRank = 1000
	// MaxTills is how many tills a tenant may have: servers keep all of them, and their keys, in
	// memory.
	MaxTills = 50_000
	// MaxTillID is how many bytes the id of a till may have.
	MaxTillID = 32

	maxTillEpoch = 64
)

// ErrPaired says that a file is paired with the till, which holds units. Nothing was stored; write
// the till off first.
var ErrPaired = errors.New("the till is paired; write it off first")

// checkTillID refuses what is no id of a till: one is a part of the names of accounts, where @ and
// ~ part it from others.
func checkTillID(id string) error {
	if err := checkID("till_id", id, MaxTillID); err != nil {
		return err
	}
	if strings.ContainsAny(id, "@~") {
		return &InvalidError{Field: "till_id", Reason: "must not contain @ or ~"}
	}
	return nil
}

func (t *Till) check() error {
	bad := func(field, why string) error { return &InvalidError{Field: field, Reason: why} }
	if err := checkTillID(t.ID); err != nil {
		return err
	}
	if err := checkID("location_id", t.Location, maxLocation); err != nil {
		return err
	}
	switch {
	case len(t.Name) > maxPlaceName || !printable(t.Name):
		return bad("name", fmt.Sprintf("must have 0 to %d bytes of text without control characters", maxPlaceName))
	case t.Percent < 0 || t.Percent > 100:
		return bad("percent", "must be 0 to 100")
	case t.Floor < 0 || t.Floor > maxQty:
		return bad("floor", "is out of range")
	case t.Ceiling < 0 || t.Ceiling > maxQty:
		return bad("ceiling", "is out of range")
	case t.Ceiling > 0 && t.Floor > t.Ceiling:
		return bad("floor", "must be at most ceiling")
	case !t.Left.Level && (t.Level < 1 || t.Level > 100):
		return bad("level", "must be 1 to 100")
	case t.Rank < 0 || t.Rank > MaxTillRank:
		return bad("rank", fmt.Sprintf("must be 0 to %d", MaxTillRank))
	case t.Channel != "":
		return checkID("channel_id", t.Channel, maxChannel)
	}
	return nil
}

// TopUp is the level that counts.
func (t *Till) TopUp() int64 {
	if t.Level == 0 {
		return DefaultTillLevel
	}
	return t.Level
}

// sameAs reports that the policies are the same.
func (t *Till) sameAs(o *Till) bool {
	return t.Location == o.Location && t.Name == o.Name && t.Percent == o.Percent && t.Floor == o.Floor &&
		t.Ceiling == o.Ceiling && t.AtRisk == o.AtRisk && t.Level == o.Level && t.Rank == o.Rank && t.Channel == o.Channel &&
		t.Left == o.Left
}

// Tills keeps tills.
type Tills struct{ documents[Till] }

// Set stores the policy of a till and returns it as it is stored. Setting the same again changes
// nothing. Parts that it leaves to others count for nothing. Its Epoch and Code stay what they
// are, whatever t has. The location must be known (ErrUnknown) and not spread; the one of a till
// that is paired stays (ErrPaired).
func (d Tills) Set(ctx context.Context, t Till) (Till, error) {
	if t.clearLeft(); t.Level == 0 && !t.Left.Level {
		t.Level = DefaultTillLevel
	}
	err := t.check()
	if err == nil {
		err = d.store.write(ctx, d.now, func(w *write) error { return setTill(w, &t) })
	}
	return result(t, err, "set till %q", t.ID)
}

func setTill(w *write, t *Till) error {
	was, gone, err := tillKind.get(&w.read, t.Tenant, t.ID)
	if err != nil {
		return err
	}
	t.Epoch, t.Code, t.Heard, t.Offset = "", TillCode{}, TillHeard{}, 0
	if was != nil && !gone {
		if t.sameAs(was) {
			*t = *was
			return nil
		}
		if was.Epoch != "" && t.Location != was.Location {
			return fmt.Errorf("move it to location %q: %w", t.Location, ErrPaired)
		}
		t.Epoch, t.Code, t.Heard, t.Offset = was.Epoch, was.Code, was.Heard, was.Offset
	} else if err := admitTill(w, t.Tenant); err != nil {
		return err
	}
	at, err := readLocation(&w.read, t.Tenant, t.Location)
	switch {
	case err != nil:
		return err
	case at == nil:
		return &UnknownError{What: "location", ID: t.Location}
	case at.Spread:
		return &InvalidError{Field: "location_id", Reason: "is spread: a till needs a location whose items are together"}
	}
	t.Changed = Moment{w.time()}
	return tillKind.put(w, t, was)
}

func admitTill(w *write, tenant string) error {
	all, err := tillKind.list(&w.read, tenant)
	if err == nil && len(all) >= MaxTills {
		err = &InvalidError{Field: "till_id", Reason: fmt.Sprintf("would be one till more than the %d that a tenant may have", MaxTills)}
	}
	return err
}

// Drop takes a till away with its code. One that was taken away already is no change; one that
// never was is ErrUnknown, one that is paired ErrPaired.
func (d Tills) Drop(ctx context.Context, tenant, id string) error {
	err := d.store.write(ctx, d.now, func(w *write) error {
		is, gone, err := tillKind.get(&w.read, tenant, id)
		switch {
		case err != nil || gone:
			return err
		case is == nil:
			return tillKind.unknown(id)
		case is.Epoch != "":
			return ErrPaired
		}
		last := *is
		last.Code, last.Heard = TillCode{}, TillHeard{}
		return tillKind.drop(w, &last, is)
	})
	return during(err, "drop till %q", id)
}

// All returns the tills of all tenants, by tenant and id, in one statement that reads them alone.
func (d Tills) All(ctx context.Context) ([]Till, error) { return d.list(ctx, readAllTills) }

func readAllTills(r *read) ([]Till, error) { return tillKind.find(r, `due > 0 ORDER BY tenant, id`) }

// SetEpoch notes which file is paired with a till from now on, "" for none, and returns the till.
// Setting the same again changes nothing. ErrUnknown: there is no such till.
func (d Tills) SetEpoch(ctx context.Context, tenant, id, epoch string) (Till, error) {
	var kept Till
	err := checkTillEpoch(epoch)
	if err == nil {
		err = d.store.write(ctx, d.now, func(w *write) error {
			is, err := tillKind.must(&w.read, tenant, id)
			if err != nil {
				return err
			}
			kept = *is
			if kept.Epoch == epoch {
				return nil
			}
			kept.Epoch, kept.Heard = epoch, TillHeard{}
			return tillKind.put(w, &kept, is)
		})
	}
	return result(kept, err, "note the epoch of till %q", id)
}

// offsetMatters is by how much the offset of a till's clock has to change to be noted.
const offsetMatters = time.Minute

// SetOffset notes how far the clock of this server is ahead of the till's, where that is another
// than before by a minute, and returns the till. ErrUnknown: there is no such till.
func (d Tills) SetOffset(ctx context.Context, tenant, id string, offset time.Duration) (Till, error) {
	var kept Till
	err := d.store.write(ctx, d.now, func(w *write) error {
		is, err := tillKind.must(&w.read, tenant, id)
		if err != nil {
			return err
		}
		kept = *is
		if (time.Duration(is.Offset) - offset).Abs() < offsetMatters {
			return nil
		}
		kept.Offset = Period(offset)
		return tillKind.put(w, &kept, is)
	})
	return result(kept, err, "note the clock of till %q", id)
}

func checkTillEpoch(epoch string) error {
	if len(epoch) > maxTillEpoch || !printable(epoch) {
		return &InvalidError{Field: "epoch", Reason: fmt.Sprintf("must be text of at most %d bytes", maxTillEpoch)}
	}
	return nil
}

// alwaysDue is when every till is due: servers take care of it all the time, and find it by that.
const alwaysDue = 1

var tillKind = documentKind[Till]{
	name: "till", title: "till",
	pack: func(t *Till) document {
		return document{tenant: t.Tenant, id: t.ID, due: alwaysDue, seq: t.Revision}
	},
	progress: func(t *Till) any { return &tillProgress{&t.Code, &t.Heard} },
	unpack:   func(d *document, t *Till) { t.Tenant, t.ID, t.Revision, t.Gone = d.tenant, d.id, d.seq, d.gone },
}
