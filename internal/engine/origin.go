package engine

import "context"

// Originator is implemented by engines whose database can fail over to another
// server. It is optional, and found by a type assertion on the engine as the
// database has it: wrappers do not pass it on.
type Originator interface {
	// Origin says which history the database is on.
	Origin(ctx context.Context) (Origin, error)
	// OnTakeOver sets fn. The engine calls fn before it stores the first group, and
	// before the first group on each history that differs from the last one. The
	// call that was to store something returns fn's error: nothing was stored, and
	// fn is called again. It is set before the engine is written to.
	OnTakeOver(fn TakeOver)
}

// TakeOver receives the history on which the next group is to be stored, and the
// newest record there.
type TakeOver func(ctx context.Context, on Origin, head Seq, hash [32]byte) error

// Origin is the history that a database reports for itself.
type Origin struct {
	// Name changes when the database fails over or is put in the place of another;
	// "": it is unknown.
	Name string
	// Replicated says that a commit is confirmed once another server has it.
	Replicated bool
}
