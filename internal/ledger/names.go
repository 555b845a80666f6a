package ledger

import (
	"holdfast.dev/holdfast/internal/ledger/move"
	"holdfast.dev/holdfast/internal/ledger/slot"
)

// The types of package slot and package move that callers of the ledger use.
type (
	// Request is one command on its way to the books.
	Request = slot.Request
	// Result is the outcome of one Request.
	Result = slot.Result
	// Position is a place in the books.
	Position = slot.Position
	// Level is an item as a strong read shows it.
	Level = slot.Level
	// Facts are what the ledger knows about items, orders and keys.
	Facts = slot.Facts
	// Stats is what a ledger has counted since it was opened.
	Stats = slot.Stats
	// Sighting is a record that this node has seen in the log of a slot.
	Sighting = slot.Sighting
	// Clock is where time comes from.
	Clock = slot.Clock
	// Observer receives what a ledger stores.
	Observer = slot.Observer
	// StoredFunc receives the entries of a record.
	StoredFunc = slot.StoredFunc
	// Peers are the nodes that write the same slots.
	Peers = slot.Peers
	// Forwarded is a group on its way to the home of its slot.
	Forwarded = slot.Forwarded
	// Point names a place where a process may die, hang or be overtaken.
	Point = slot.Point

	// Moves is where moves of buckets are kept.
	Moves = move.Moves
	// Relocation is a bucket's move to another slot.
	Relocation = move.Relocation
	// Progress is how far a move has come.
	Progress = move.Progress
	// MoveOption changes how a bucket is moved.
	MoveOption = move.Option
	// LocationChange says which location is to be placed in another way.
	LocationChange = move.LocationChange
	// SpreadProgress is how far a location's change has come.
	SpreadProgress = move.SpreadProgress
	// WaitingError says that orders wait for an item of the location.
	WaitingError = move.WaitingError
)

// The errors of package slot and package move that callers distinguish.
var (
	ErrBusy       = slot.ErrBusy
	ErrStopping   = slot.ErrStopping
	ErrStopped    = slot.ErrStopped
	ErrKeyReused  = slot.ErrKeyReused
	ErrInProgress = slot.ErrInProgress
	ErrUnknown    = slot.ErrUnknown
	ErrFrozen     = slot.ErrFrozen
	ErrBehind     = slot.ErrBehind
	ErrPosition   = slot.ErrPosition
	ErrSealed     = slot.ErrSealed
	ErrMoving     = slot.ErrMoving
	ErrNotSent    = slot.ErrNotSent
	ErrOvertaken  = slot.ErrOvertaken
	ErrForeign    = slot.ErrForeign
	ErrUnderway   = move.ErrUnderway
)

// MaxAge is how old an answer of Recent may be while the store is silent.
const MaxAge = slot.MaxAge
