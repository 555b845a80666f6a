// Package fulfil is about orders that need a choice before the books can be
// asked: which locations give what (sourcing), and which products a kit is put
// together from. It chooses on fresh figures, keeps what it chose, and asks the
// books for all of it at once, so that a choice that came too late is refused
// as a whole and made again.
//
// It promises nothing itself. Only the ledger's commands hold units. The choices that are
// kept here (Choices) only make sure that a call has the same lines when it is repeated, or
// when two nodes carry it out at the same time. docs/adr/0017 says how and why.
package fulfil
