// Package node connects the nodes of one fleet and forwards commands between them. Nodes
// send heartbeats to the main database. Each slot has a home among the living nodes, and
// the home takes the commands of the others on a port of its own. Nodes prove themselves
// with certificates or with a shared secret; without one of them there is no
// port.
//
// Correctness does not depend on this package's view of which nodes are alive: a node that
// asks the wrong home, or none, is slower and never wrong. Package ledger decides what may be
// forwarded and what happens when no node answers.
package node
