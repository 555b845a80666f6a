// Package stores runs a centre and the tills of its store in one process from one seed: the real
// desk and granter, tills and counters (internal/outpost), each with a ledger on a disk of its own.
// Messages are lost, doubled and late. Lines are cut. Machines die between two writes and within
// one. Files are copied and put back from old copies. The centre is restored from back-ups. Tills
// are written off and paired anew.
//
// It belongs in a testing/synctest bubble. Every call over a line is a message that waits until the
// scheduler (run.go) carries it. The scheduler does one thing at a time, and then everything else
// comes to rest. So the seed decides most of the order that matters. But events between two rests
// on one machine may come in another order in another run of the seed.
//
// The judge (judge.go) knows the promises and none of the rules: everything acknowledged is in the
// books, once; the books of a till and of the centre agree at every moment; nothing is owed without
// a reason; each sale at risk has its case.
//
// It is a world of its own, separate from sim/world. There the nodes of one centre stop at every
// call of their stores; with the five more ledgers of the tills that would be much too slow. And
// the oracle there knows only one log.
package stores
