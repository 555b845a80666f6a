package view

import "context"

// timeline returns the entries of all slots in the order of a list: by when they were
// booked, then by slot. The entries of one item come in its own order, even if it has moved
// from slot to slot within a millisecond.
type timeline struct {
	lanes []*lane // by slot
	// newest first, or else last.
	newest bool
	// moved says that an item may be in several lanes.
	moved bool
}

// lane is one slot's entries, of which some are known before they are listed.
type lane struct {
	source iterator[found]
	ahead  []found
	ended  bool
}

// peek returns the entry n places ahead.
func (l *lane) peek(ctx context.Context, n int) (f found, ok bool, err error) {
	for !l.ended && len(l.ahead) <= n {
		f, ok, err := l.source.next(ctx)
		if err != nil {
			return found{}, false, err
		}
		if l.ended = !ok; ok {
			l.ahead = append(l.ahead, f)
		}
	}
	if n >= len(l.ahead) {
		return found{}, false, nil
	}
	return l.ahead[n], true, nil
}

// isBefore reports whether a is listed before b by time and slot.
func (t *timeline) isBefore(a, b found) bool {
	if t.newest {
		return a.newer(b)
	}
	return b.newer(a)
}

// next gives the next entry; ok is false at the end.
func (t *timeline) next(ctx context.Context) (f found, ok bool, err error) {
	var first *lane
	for _, l := range t.lanes {
		head, some, err := l.peek(ctx, 0)
		if err != nil {
			return f, false, err
		}
		if some && (first == nil || t.isBefore(head, f)) {
			f, first = head, l
		}
	}
	if first == nil {
		return f, false, nil
	}
	// Each lane that is in the way leads to an entry that happened earlier.
	for n := 0; t.moved && first.ahead[0].event != nil && n < len(t.lanes); n++ {
		l, err := t.blockingLane(ctx, first)
		if err != nil {
			return f, false, err
		}
		if l == nil {
			break
		}
		first = l
	}
	f, first.ahead = first.ahead[0], first.ahead[1:]
	return f, true, nil
}

// blockingLane returns another lane that has, at the very same time, an entry of the same item
// which must be listed before this lane's next; nil when there is none.
func (t *timeline) blockingLane(ctx context.Context, of *lane) (*lane, error) {
	next := of.ahead[0]
	for _, l := range t.lanes {
		if l == of {
			continue
		}
		for n := 0; ; n++ {
			f, ok, err := l.peek(ctx, n)
			if err != nil {
				return nil, err
			}
			if !ok || f.at != next.at || f.event == nil {
				break
			}
			if is, other := next.change(), f.change(); is.Key == other.Key {
				if is.Version != other.Version && (other.Version > is.Version) == t.newest {
					return l, nil
				}
				break // the nearest entry of the item counts
			}
		}
	}
	return nil, nil
}
