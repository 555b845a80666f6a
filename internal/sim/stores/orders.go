package stores

import "maps"

// order is one that was acknowledged.
type order struct {
	product string
	qty     int64
	state   state
	// unsure says that a request about it was not answered; brief, that it expires without a
	// request.
	unsure, brief bool
}

// state is what was acknowledged last.
type state int

const (
	held state = iota
	sold
	released
)

// orders are the acknowledged ones by their ids. They are the run's, below its mu.
type orders map[string]order

func (o orders) clone() orders { return maps.Clone(o) }
