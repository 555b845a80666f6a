// Package world runs a whole Holdfast in one process from one seed. Two nodes (ledger, view,
// server) keep one slot or several, and many clients retry. Requests and replies are lost, engines
// fail, nodes die, hang and come back, and clocks jump. The seed decides everything, so a run can be
// repeated exactly.
//
// It belongs in a testing/synctest bubble. Every goroutine stops at named points
// (stage.go); when all stand still the scheduler releases one, or lets time pass, or
// harms a node. So at most one goroutine runs between two decisions, and the order of
// everything is the seed's.
//
// An oracle judges the results. It knows the contract (API.md) and nothing of the rules' code: each
// answer must be right at some moment between question and answer in the one order that the log has
// (judge.go), and each item's history must be linearizable by itself (history.go). The whole-binary
// tests cover real processes, files and signals.
//
// With several slots the order is that in which records became durable, and an answer may show
// different slots at different moments (over.go). There the order of the log is the only witness,
// and histories are not judged again. In most of these runs buckets move between the slots
// meanwhile (mover.go): nodes see late where a bucket is, movers die, hang (hang.go) and are
// overtaken, and each decision about a bucket must be made in the slot where it is (moves.go). In
// most runs, of one slot too, nodes send commands to the home of the slot (peers.go). In some, a
// bucket leaves while the outcome of these commands is unknown (cross.go). In memory and on SQLite
// a run of several slots can be repeated exactly, too. On database servers it is judged in the same
// way, but its trace may differ: the duration of a statement there is not controlled.
package world
