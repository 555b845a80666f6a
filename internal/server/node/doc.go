// Package node is how the nodes of one fleet know of each other and pass
// commands on: a beat in the main database, a home for each slot among those
// that are alive, and a port of its own on which the home takes the commands
// of the others. Nodes prove themselves with certificates or with a secret
// they share; there is no port without one of them.
//
// Nothing rests on what this package believes about who is alive: a node that
// asks the wrong home, or none, is slower and never wrong. What may be passed
// on and what happens when nobody answers is package ledger's business.
package node
