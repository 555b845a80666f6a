// Package move brings buckets from one slot to another while both are written, and
// changes how a location is spread while it is sealed. What a mover needs to
// continue where another one stopped is in the two slots; the main database only
// says which mover is at work.
package move
