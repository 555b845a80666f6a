package catalog

import (
	"fmt"
	"strings"
)

// Scopes is a set of what a key may do.
type Scopes uint8

// The scopes of the public contract. Admin implies all but till; internal, relay and till imply
// read.
const (
	ScopeRead Scopes = 1 << iota
	ScopeInternal
	ScopeAdmin
	// ScopeRelay is for programs that deliver changes to sinks, and with ScopeInternal
	// consume sources: it shows their secrets.
	ScopeRelay
	// ScopeTill is for one till: such a key is made by pairing alone (Key.Till).
	ScopeTill

	allScopes = ScopeRead | ScopeInternal | ScopeAdmin | ScopeRelay | ScopeTill
)

// scopeNames is in the order in which String writes them.
var scopeNames = [...]struct {
	scope Scopes
	name  string
}{{ScopeAdmin, "admin"}, {ScopeInternal, "internal"}, {ScopeRead, "read"}, {ScopeRelay, "relay"}, {ScopeTill, "till"}}

// ParseScopes reads a comma-separated list such as "admin,internal,read". At
// least one scope must be named; naming one twice is harmless.
func ParseScopes(list string) (Scopes, error) {
	var s Scopes
	for name := range strings.SplitSeq(list, ",") {
		found := false
		for _, known := range scopeNames {
			if strings.TrimSpace(name) == known.name {
				s |= known.scope
				found = true
			}
		}
		if !found {
			return 0, &InvalidError{Field: "scopes", Reason: fmt.Sprintf("has %q, which is none of admin, internal, read, relay, till", name)}
		}
	}
	return s, nil
}

// Allow reports whether a key with these scopes may do what needs all of want.
func (s Scopes) Allow(want Scopes) bool {
	if s&ScopeAdmin != 0 {
		s |= ScopeInternal | ScopeRelay
	}
	if s&(ScopeInternal|ScopeRelay|ScopeTill) != 0 {
		s |= ScopeRead
	}
	return s&want == want
}

// String lists the scopes as they were given, in the form ParseScopes reads.
func (s Scopes) String() string { return strings.Join(s.Names(), ",") }

// Names lists the scopes as they were given.
func (s Scopes) Names() (names []string) {
	for _, known := range scopeNames {
		if s&known.scope != 0 {
			names = append(names, known.name)
		}
	}
	return names
}
