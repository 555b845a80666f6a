// Package alert evaluates rules about stock, about what is booked and about deliveries, and
// tells people what they find (docs/adr/0053).
//
// A rule is evaluated once per fleet: what came of it is stored together with when it is due
// next, by a write that succeeds once. What an alert does from one evaluation to the next is a
// pure function of the alert, what was found and the time (step.go), so Try tells of the past
// what the evaluation did. Notices are put into an outbox that is stored with the alert, and
// are sent from there at least once, each under an id of its own.
package alert
