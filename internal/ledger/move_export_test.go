package ledger

// MoveMortal lets a move be cut off anywhere, without a word.
func MoveMortal() MoveOption { return func(v *mover) { v.mortal = true } }

// MoveAtOnce takes every other mover for dead.
func MoveAtOnce() MoveOption { return func(v *mover) { v.silence, v.pause = 0, 0 } }
