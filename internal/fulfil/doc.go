// Package fulfil is about orders that need a choice before the books can be
// asked: which locations give what (sourcing), and which products a kit is put
// together from. It chooses on fresh figures, keeps its choice, and asks the books
// for all of it at once. So a choice that is too late is refused as a whole, and
// made again.
//
// It promises nothing itself: only the ledger's commands hold units. The kept choices
// (Choices) give a call the same lines when it is repeated, and when two nodes carry it
// out at the same time. docs/adr/0017 says how and why.
package fulfil
