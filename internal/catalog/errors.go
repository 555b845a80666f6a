package catalog

import (
	"errors"
	"fmt"
)

// ErrUnknown says the tenant, product, location, lane, kit or key named is not kept
// here. Nothing was stored. The error is an *UnknownError.
var ErrUnknown = errors.New("unknown")

// ErrInvalid says a value is outside what may be kept. Nothing was stored.
// The error is an *InvalidError.
var ErrInvalid = errors.New("invalid")

// ErrUnitFixed says a product has a unit and scale already and another was
// named. Nothing was stored. The error is a *UnitFixedError.
var ErrUnitFixed = errors.New("unit is fixed")

// ErrSpreadFixed says a location is placed in another way than was asked for,
// and its items would have to move. Nothing was stored. The error is a *SpreadFixedError.
var ErrSpreadFixed = errors.New("the way a location is placed is fixed")

// ErrNoLayout says that no bucket map was stored yet: see LayOut.
var ErrNoLayout = errors.New("the buckets are not laid out yet")

// ErrStale says that the caller used outdated data: the layout has another
// version, the bucket is in another slot, or the move is at another step.
// Nothing was stored; read again and decide again.
var ErrStale = errors.New("another writer changed it first: read it again")

// ErrFenced says that a sink has another epoch, or another relay, by now. Nothing was
// stored; claim it again.
var ErrFenced = errors.New("the sink is another relay's, or was changed")

// ErrTooManyParked says that a sink has MaxParked parked events. Nothing was stored.
var ErrTooManyParked = errors.New("the sink has 1,000 parked events; requeue or discard some")

// ErrMoving says that a bucket is on its way already. Nothing was stored.
var ErrMoving = errors.New("the bucket is being moved")

// ErrTooDeep says that a kit would have more than MaxKitDepth kits inside each
// other. Nothing was stored. The error is a *KitTreeError, and ErrInvalid too.
var ErrTooDeep = errors.New("too many kits inside each other")

// ErrCircular says that a kit would contain itself. Nothing was stored. The
// error is a *KitTreeError, and ErrInvalid too.
var ErrCircular = errors.New("a kit contains itself")

// ErrBadKey says a bearer is no key of this system.
var ErrBadKey = errors.New("unknown key")

// ErrRevoked says a bearer was a key once. It is an ErrBadKey too, and nobody
// outside may be able to distinguish the two.
var ErrRevoked = fmt.Errorf("key is revoked: %w", ErrBadKey)

// ErrNoSession says that what a browser showed is no session, or one that has ended.
var ErrNoSession = errors.New("no session")

// ErrKeyName says that a valid key of this name exists. Nothing was stored;
// rotate it, or choose another name.
var ErrKeyName = errors.New("a valid key of this name exists; rotate it or choose another name")

// ErrTwoValid says that two keys of this name are valid already. Nothing was
// stored; revoke the older one first.
var ErrTwoValid = errors.New("two keys of this name are valid; revoke one first")

// ErrDeviceKey says that the key of a device is not made anew: nobody could type it. Nothing was stored; the device is
// paired again.
var ErrDeviceKey = errors.New("the key is a device's; end the device and confirm its screen again")

// ErrTooManyKeys says the tenant has maxKeys valid keys. Nothing was stored.
var ErrTooManyKeys = errors.New("the tenant has too many valid keys; revoke some first")

// ErrUnavailable says the database could not be asked or did not take the
// write. After an error of a write, the same call again shows whether it was
// stored: every write here may be repeated.
var ErrUnavailable = errors.New("catalog is unavailable")

// ErrFull says that the database has no room for the write. Nothing was stored;
// reads still work. It is an ErrUnavailable too.
var ErrFull = fmt.Errorf("the disk is full: %w", ErrUnavailable)

// ErrAway says that nobody answers at the database's address, or that the
// database is starting or stopping. It is an ErrUnavailable too.
var ErrAway = fmt.Errorf("the database is away: %w", ErrUnavailable)

// ErrBusy says that others kept the database's write lock, or the queue of
// writers, full for as long as a write may wait. Nothing was stored. It is an
// ErrUnavailable too.
var ErrBusy = fmt.Errorf("the database is busy: %w", ErrUnavailable)

// ErrMoved says the head of the log moved inside a write transaction, which
// the database's lock rules out. Nothing was stored.
var ErrMoved = fmt.Errorf("head has moved: %w", ErrUnavailable)

// ErrIndeterminate says that it is not known whether the write is stored: its
// commit was running when the caller's time was up, when the connection was
// lost, or when somebody cancelled its wait for the standby. The same call
// again, with the same key, finds out. It is an ErrUnavailable too.
var ErrIndeterminate = fmt.Errorf("it is not known whether the write is stored, repeat it with the same key to find out: %w", ErrUnavailable)

// errTaken says that another process has stored a row since this one looked.
// Nothing was stored: look again.
var errTaken = fmt.Errorf("other processes keep storing the same: %w", ErrUnavailable)

// ErrSchema says the database's catalog tables are not of this binary's
// version. The error is a *SchemaError and names what to do.
var ErrSchema = errors.New("catalog schema does not fit")

// during says in err what was being done, in the words of fmt.Errorf; nil stays nil.
func during(err error, what string, args ...any) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf(what+": %w", append(args, err)...)
}

// result is the answer of a call: all of it, or nothing and what was being done.
func result[T any](all T, err error, what string, args ...any) (T, error) {
	if err != nil {
		var none T
		return none, during(err, what, args...)
	}
	return all, nil
}

// UnknownError names what is not kept here.
type UnknownError struct {
	What string // tenant, product, location, lane, kit or key
	ID   string
}

func (e *UnknownError) Error() string { return fmt.Sprintf("%s %q is unknown", e.What, e.ID) }

// Is reports that the error is an ErrUnknown.
func (e *UnknownError) Is(target error) bool { return target == ErrUnknown }

// InvalidError names the value that may not be kept and why.
type InvalidError struct {
	Field  string // as the API spells it: product_id, unit, scopes
	Reason string
}

func (e *InvalidError) Error() string { return e.Field + " " + e.Reason }

// Is reports that the error is an ErrInvalid.
func (e *InvalidError) Is(target error) bool { return target == ErrInvalid }

// UnitFixedError says what the product's unit is.
type UnitFixedError struct {
	Product string
	Fixed   Unit
}

func (e *UnitFixedError) Error() string {
	return fmt.Sprintf("product %q is counted in %q with scale %d, which stays as it is",
		e.Product, e.Fixed.Name, e.Fixed.Scale)
}

// Is reports that the error is an ErrUnitFixed.
func (e *UnitFixedError) Is(target error) bool { return target == ErrUnitFixed }

// SpreadFixedError says how the location is placed.
type SpreadFixedError struct {
	Location string
	Spread   bool
}

func (e *SpreadFixedError) Error() string {
	if e.Spread {
		return fmt.Sprintf("location %q is spread, which stays as it is", e.Location)
	}
	return fmt.Sprintf("location %q is not spread, which stays as it is; its items would have to move", e.Location)
}

// Is reports that the error is an ErrSpreadFixed.
func (e *SpreadFixedError) Is(target error) bool { return target == ErrSpreadFixed }
