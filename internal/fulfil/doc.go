// Package fulfil is about orders that need a choice before the books can be
// asked: which locations give what (sourcing), and which products a kit is put
// together from. It chooses on fresh figures, keeps what it chose, and asks the
// books for all of it at once, so that a choice that came too late is refused
// as a whole and made again.
//
// It promises nothing itself. Units are held by the ledger's commands alone;
// what is kept here (Choices) only makes sure that a call which is repeated, or
// which two nodes carry out at the same time, comes to the same lines.
// docs/adr/0017 says how and why.
package fulfil
