package kit

import (
	"errors"
	"time"

	"holdfast.dev/holdfast/internal/catalog"

	"google.golang.org/protobuf/types/known/timestamppb"
)

// MaxOperator bounds the name of who calls, in bytes.
const MaxOperator = 64

// ErrNoSealer explains what to do when there is no key.
var ErrNoSealer = Refuse(CodeState, "secrets are kept encrypted, and this server has no key for that: set HOLDFAST_SECRET_KEY, the same on all servers, to what \"openssl rand -base64 32\" prints")

// MaxCase bounds the id of a case.
const MaxCase = 64

// MustBeZone says what a time zone has to be.
const MustBeZone = "must be a name of the IANA time zone database, such as Asia/Shanghai"

// MaxTransfer is how long the id of a transfer may be.
const MaxTransfer = 64

// MaxZone bounds the name of a region or zone.
const MaxZone = 63

// MaxName bounds a name that people read.
const MaxName = 256

// FactError turns a refusal of the catalog into the words of the API. items is the list
// of the rows, "" when there was only one row.
func FactError(items string, err error) error {
	var row *catalog.RowError
	list := ""
	if errors.As(err, &row) && items != "" {
		list = items + "[" + Itoa(row.Row) + "]."
	}
	if tree, ok := errors.AsType[*catalog.KitTreeError](err); ok {
		return Invalid(list+"components", "%s", tree.Error())
	}
	if bad, ok := errors.AsType[*catalog.InvalidError](err); ok {
		return Invalid(list+bad.Field, "%s", bad.Reason)
	}
	if unknown, ok := errors.AsType[*catalog.UnknownError](err); ok {
		return Refuse(CodeNotFound, "%s", unknown.Error())
	}
	return err
}

// BadNote returns what is wrong with a note, "": nothing.
func BadNote(text string) string {
	switch {
	case len(text) > maxReason:
		return "is too long: at most " + Itoa(maxReason) + " bytes"
	case IsBadText(text):
		return "must be UTF-8 without control characters"
	}
	return ""
}

// ErrNoTill refuses calls that only a till answers.
func ErrNoTill() error { return Refuse(CodeState, "this server is no till") }

// OptionalTime is a moment that may be missing.
func OptionalTime(t time.Time) *timestamppb.Timestamp {
	if t.IsZero() {
		return nil
	}
	return timestamppb.New(t)
}
