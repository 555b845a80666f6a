package relay

import "slices"

// Filter selects the events of a sink. An empty list selects everything.
type Filter struct {
	Types, Products, Locations, Channels []string
}

// passes reports whether the sink wants the event. The types were selected by
// the watch.
func (f *Filter) passes(e *Event) bool {
	return among(f.Products, e.Product) && among(f.Locations, e.Location) &&
		(len(f.Channels) == 0 || slices.ContainsFunc(e.Channels, func(c string) bool { return slices.Contains(f.Channels, c) }))
}

func among(wanted []string, id string) bool { return len(wanted) == 0 || slices.Contains(wanted, id) }

// watch is the watch that leaves out as much as a watch can. What only the
// relay can leave out, passes does.
func (f *Filter) watch(after string) Watch {
	return Watch{Types: f.Types, Product: only(f.Products), Location: only(f.Locations), Channel: only(f.Channels), After: after}
}

// only is the member of a list of one, else "".
func only(list []string) string {
	if len(list) == 1 {
		return list[0]
	}
	return ""
}
