// Package intake is the one door to the books. A caller that needs something
// from them on behalf of a tenant submits asks: commands in which the buckets,
// the openings and the quantities in declared units are left out. Door.Submit
// looks up what the asks name, and refuses what must not reach the books. It
// adds new products and locations to the catalog, chooses locations, and fills
// the commands in. Asks that conflict are carried out in order. Each ask has one
// outcome.
//
// It knows nothing of transports: callers parse, check rights and show the
// outcomes. The rules are package stock's, the choices package fulfil's.
package intake
