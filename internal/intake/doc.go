// Package intake is the one door to the books. A caller that needs something
// from them on behalf of a tenant submits asks: commands in which the buckets,
// the openings and the quantities in declared units are left out. Door.Submit
// looks up what the asks name, refuses what must not reach the books, makes
// known what they introduce, fills the commands in, chooses locations, keeps
// asks that conflict in order, and returns one outcome for each ask.
//
// It knows nothing of transports: callers parse, check rights and show the
// outcomes. The rules are package stock's, the choices package fulfil's.
package intake
