// Package relay delivers committed changes to other systems, and consumes commands from them.
//
// A relay claims sinks from the books, watches the log from each sink's cursor,
// delivers the events that pass the sink's filter, and moves the cursor after the last
// event that the other system has acknowledged. The log is the outbox: nothing is stored
// in between, and a relay that dies loses nothing. Each event is delivered at least
// once, and events of one key (a product at a location) in order. A leaf speaks the
// protocol of one kind of system; package relay knows none of them.
//
// It also claims sources: topics of brokers whose messages are commands. A consumer
// receives some, sends their commands as one batch, and acknowledges them when it has the
// answers. An inlet speaks the protocol of one kind of broker.
package relay
