package stock

import "pgregory.net/rapid"

// someLeg is one of any form.
func someLeg(t *rapid.T) *Leg {
	l := &Leg{
		Copy: rapid.Bool().Draw(t, "copy"), Undone: rapid.Bool().Draw(t, "undone"),
		Key: [16]byte{rapid.Byte().Draw(t, "leg's key")}, Print: [16]byte{15: rapid.Byte().Draw(t, "leg's print")},
	}
	switch {
	case l.Copy && rapid.Bool().Draw(t, "joined"):
		l.Joined = [16]byte{1, byte(rapid.IntRange(0, 255).Draw(t, "joined by"))}
	case !l.Copy && !l.Undone && rapid.Bool().Draw(t, "more"):
		if top := someBalances.Draw(t, "on top"); len(top) > 0 {
			end := End(rapid.IntRange(0, int(EndExpired)).Draw(t, "own end"))
			l.More = &More{Key: [16]byte{2}, Print: [16]byte{3}, Drawn: top, End: end, Deadline: someTimes.Draw(t, "own deadline")}
		}
	}
	return l
}
