// Package alert evaluates rules about stock, bookings and deliveries, and notifies people
// of the findings (docs/adr/0053).
//
// A rule is evaluated once per fleet: one write, which succeeds once, stores the outcome
// together with the time when the rule is due next. The change of an alert from one evaluation
// to the next is a pure function of the alert, the findings and the time (step.go). So Try
// shows for the past what the evaluation did. Notices are put into an outbox that is stored
// with the alert. They are sent from there at least once, each under an id of its own.
package alert
