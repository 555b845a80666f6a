//go:build !planted

package ledger

import "holdfast.dev/holdfast/internal/stock"

// plant is a ledger's bug: there is none.
type plant struct{}

func (plant) is(bug) bool { return false }

func (plant) book(g *group, _ stock.Command) stock.State { return g }

func (plant) spoil(*group, *stock.Event) {}

func (plant) unseal(err error) error { return err }

func (plant) overtaken(err error, _ *stock.Handover) error { return err }

func (plant) forgets(*group, stock.OrderKey) bool { return false }
