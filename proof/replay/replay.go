// Package replay drives a server with the order history of a real shop and counts the
// outcomes. It reads the history, computes opening stock, turns lines into calls of the
// public API, sends them (REST, gRPC, batches, or in process), survives being killed,
// and compares the books with known answers. The server alone decides what a sale may
// take: nothing here computes availability.
//
// The README next to the data set has the rules of the history and of every mode; this
// package follows them exactly. Terminal and flags are left to the command.
package replay

import (
	"errors"
	"fmt"
	"slices"
)

// Mode says how sale lines become reservations.
type Mode string

// The modes of the data set's README.
const (
	// ByLine asks for each sale line alone, all of it or nothing.
	ByLine Mode = "line"
	// ByPart asks for each sale line alone and takes the units that there are.
	ByPart Mode = "partial"
	// ByOrder asks for all sale lines of an invoice in one reservation.
	ByOrder Mode = "order"
	// Linked is ByLine, but a return gives back no more than its customer got.
	Linked Mode = "linked"
	// Flash lets many buyers of one unit each compete for the best-selling SKUs of a month.
	Flash Mode = "flash"
	// Channels is ByLine with a part of the stock set aside for each of two channels.
	Channels Mode = "channels"
	// Warehouses is ByLine with the stock split over many sites. The nearest site with the whole line
	// supplies it.
	Warehouses Mode = "warehouses"
)

// Modes lists every mode in the order of the README.
var Modes = []Mode{ByLine, ByPart, ByOrder, Linked, Flash, Channels, Warehouses}

// Policy says how much stock there is before the first line.
type Policy string

// The opening policies of the data set's README.
const (
	// Peak is the smallest stock with which ByLine refuses nothing.
	Peak Policy = "peak"
	// Scarce is six tenths of the units asked for.
	Scarce Policy = "scarce"
	// Flat100 is 100 units of each SKU.
	Flat100 Policy = "flat100"
	// Zero is no stock.
	Zero Policy = "zero"
	// Gross is enough for every line in any order of arrival.
	Gross Policy = "gross"
)

// Policies lists every opening policy in the order of the README.
var Policies = []Policy{Peak, Scarce, Flat100, Zero, Gross}

// ErrSettings is wrapped by every error that says that the requested settings cannot be run.
// Nothing was sent.
var ErrSettings = errors.New("settings")

// ErrDifference is wrapped by the error of a run that ended with an unexpected
// result.
var ErrDifference = errors.New("the result is not the expected one")

// settingsError is an ErrSettings whose text is the sentence alone.
type settingsError struct{ text string }

func (e settingsError) Error() string        { return e.text }
func (e settingsError) Is(target error) bool { return target == ErrSettings }

func badSettings(format string, args ...any) error {
	return settingsError{fmt.Sprintf(format, args...)}
}

// ParseMode returns the mode called name.
func ParseMode(name string) (Mode, error) {
	if m := Mode(name); slices.Contains(Modes, m) {
		return m, nil
	}
	return "", badSettings("unknown mode %q: use one of %v", name, Modes)
}

// ParsePolicy returns the opening policy called name.
func ParsePolicy(name string) (Policy, error) {
	if p := Policy(name); slices.Contains(Policies, p) {
		return p, nil
	}
	return "", badSettings("unknown opening policy %q: use one of %v", name, Policies)
}
