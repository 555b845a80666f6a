package hot

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/redis/rueidis"

	"holdfast.dev/holdfast/internal/stock"
)

// guardLife is for how long Redis remembers that an order was reserved or rolled back.
// Behind it is the database's own check, which has no time limit.
const guardLife = 24 * time.Hour

// Balances are the balances of items in Redis: one server, those behind Sentinels, or a
// cluster. There may be a second one, of which the same holds; one of the two is used. Its methods may be called from any goroutine. After an error other than
// those of this package it is unknown whether the script ran.
type Balances struct {
	lines  [2]*lazyConnection
	second atomic.Bool // is used
}

// Ask is a reservation of one order.
type Ask struct {
	Order string
	Qty   stock.Qty
	// Allowance is how many units of the item may be promised beyond the units that exist,
	// in all.
	Allowance stock.Qty
	// Past says that the units that other orders wait for may be taken too.
	Past bool
}

// Outcome is the outcome of an Ask.
type Outcome int

// The numbers are those that the script answers.
const (
	Refused  Outcome = 0
	Reserved Outcome = 1
	// Repeated means that the order has a record already; N and its units are those.
	Repeated Outcome = 2
	// InBooks means that the order was reserved before and has been written back.
	InBooks Outcome = 3
)

// Answer is the outcome of an Ask, with the name of the taking and its units.
type Answer struct {
	Outcome         Outcome
	N               int64
	Reserved, Short stock.Qty
}

// Reserve takes units for each order that can have all it asks for, in order, at one
// moment.
func (b *Balances) Reserve(ctx context.Context, item stock.ItemKey, epoch int64, now time.Time, asks []Ask) ([]Answer, error) {
	orders := make([]string, len(asks))
	arguments := []string{number(epoch), number(guardLife.Milliseconds()), number(now.UnixMilli())}
	for i, a := range asks {
		orders[i] = a.Order
		arguments = append(arguments, a.Order, number(a.Qty), number(a.Allowance), flag(a.Past))
	}
	figures, err := b.run(ctx, reserveScript, takingKeys(item, orders), arguments, 4*len(asks))
	if err != nil {
		return nil, err
	}
	answers := make([]Answer, len(asks))
	for i := range answers {
		f := figures[4*i:]
		answers[i] = Answer{Outcome: Outcome(f[0]), N: f[1], Reserved: stock.Qty(f[2]), Short: stock.Qty(f[3])}
	}
	return answers, nil
}

// Taking names units that were taken for an order.
type Taking struct {
	Order string
	N     int64
}

// Rollback gives back the units that each taking still has, and reports which
// takings existed.
func (b *Balances) Rollback(ctx context.Context, item stock.ItemKey, epoch int64, all []Taking) ([]bool, error) {
	orders := make([]string, len(all))
	for i, t := range all {
		orders[i] = t.Order
	}
	return b.ask(ctx, rollbackScript, keys(item, orders...), all, number(epoch), number(guardLife.Milliseconds()))
}

// Written forgets takings that the books have, and reports which of them
// existed.
func (b *Balances) Written(ctx context.Context, item stock.ItemKey, epoch int64, all []Taking) ([]bool, error) {
	return b.ask(ctx, writtenScript, keys(item), all, number(epoch))
}

// ask runs a script that answers for each taking whether it was there.
func (b *Balances) ask(ctx context.Context, s *rueidis.Lua, keys []string, all []Taking, arguments ...string) ([]bool, error) {
	for _, t := range all {
		arguments = append(arguments, t.Order, number(t.N))
	}
	figures, err := b.run(ctx, s, keys, arguments, len(all))
	if err != nil {
		return nil, err
	}
	done := make([]bool, len(all))
	for i := range done {
		done[i] = figures[i] == 1
	}
	return done, nil
}

// Stepped is the outcome of a release or confirm.
type Stepped int

// The numbers are those that the script answers.
const (
	// Unknown means that Redis has no such taking: the books have it, or nobody has.
	Unknown Stepped = 0
	Done    Stepped = 1
	// DoneBefore means that this step, or a later one, was applied already.
	DoneBefore Stepped = 2
	// TooEarly means that an earlier step was not applied yet.
	TooEarly Stepped = 3
	// TooMany means that the order does not have as many units.
	TooMany Stepped = 4
)

// Release gives back units of a taking as its step. Units that are short go first.
func (b *Balances) Release(ctx context.Context, item stock.ItemKey, epoch int64, of Taking, step int64, qty stock.Qty) (Stepped, error) {
	return b.step(ctx, releaseScript, item, epoch, of, step, qty)
}

// Confirm marks units of a taking as sold, as its step.
func (b *Balances) Confirm(ctx context.Context, item stock.ItemKey, epoch int64, of Taking, step int64, qty stock.Qty) (Stepped, error) {
	return b.step(ctx, confirmScript, item, epoch, of, step, qty)
}

func (b *Balances) step(ctx context.Context, s *rueidis.Lua, item stock.ItemKey, epoch int64, of Taking, step int64, qty stock.Qty) (Stepped, error) {
	figures, err := b.run(ctx, s, keys(item), []string{number(epoch), of.Order, number(of.N), number(step), number(qty)}, 1)
	if err != nil {
		return 0, err
	}
	return Stepped(figures[0]), nil
}

// Given are figures of an item in the books that its balance follows.
type Given struct {
	// Units is the total that the ledger has given the item in this epoch.
	Units stock.Qty
	// Waits is how many units orders wait for that are not set aside for them.
	Waits stock.Qty
	// Version is the version of the item that Waits is of.
	Version uint64
}

// Add brings the balance up to the figures. A repeat or an earlier figure does nothing. It
// returns how many units of the balance are kept for orders that wait.
func (b *Balances) Add(ctx context.Context, item stock.ItemKey, epoch int64, g Given) (kept stock.Qty, err error) {
	figures, err := b.run(ctx, addScript, keys(item), []string{number(epoch), number(g.Units), number(g.Waits), number(int64(g.Version))}, 1)
	if err != nil {
		return 0, err
	}
	return stock.Qty(figures[0]), nil
}

// Balance is the state of an item in Redis.
type Balance struct {
	// Usable units may be taken. Subtract units were taken, and are not in the books.
	// Shortage units were promised beyond the units that exist. As many of the usable units
	// are kept for the orders that wait.
	Usable, Subtract, Shortage stock.Qty
	// Given is the figure of the last Add.
	Given stock.Qty
	// Takes is the name of the latest taking.
	Takes int64
	// Records are the takings that are not in the books, by order.
	Records map[string]Record
}

// Free is how many units may be taken by orders that do not wait yet.
func (b *Balance) Free() stock.Qty { return max(0, b.Usable-b.Shortage) }

// Initialise writes a whole balance, unless Redis has one of this epoch or a later one.
func (b *Balances) Initialise(ctx context.Context, item stock.ItemKey, epoch int64, is Balance) (written bool, err error) {
	named, arguments := initialiseCall(item, epoch, is)
	return b.newer(ctx, initialiseScript, named, arguments)
}

// initialiseCall returns the keys and arguments of the script.
func initialiseCall(item stock.ItemKey, epoch int64, is Balance) (named, arguments []string) {
	arguments = []string{
		number(epoch), number(guardLife.Milliseconds()), number(is.Usable), number(is.Subtract), number(is.Shortage), number(is.Given), number(is.Takes),
	}
	var orders []string
	for order, r := range is.Records {
		orders = append(orders, order)
		arguments = append(arguments, order, r.String())
	}
	return keys(item, orders...), arguments
}

// Seal ends the balance: nothing is taken until Initialise with a later epoch.
func (b *Balances) Seal(ctx context.Context, item stock.ItemKey, epoch int64) (written bool, err error) {
	return b.newer(ctx, sealScript, keys(item), []string{number(epoch)})
}

func (b *Balances) newer(ctx context.Context, s *rueidis.Lua, keys, arguments []string) (bool, error) {
	figures, err := b.run(ctx, s, keys, arguments, 1)
	return err == nil && figures[0] == 1, err
}

// Look returns the balance as it is at one moment.
func (b *Balances) Look(ctx context.Context, item stock.ItemKey, epoch int64) (Balance, error) {
	c, err := b.client()
	if err != nil {
		return Balance{}, err
	}
	words, err := lookScript.Exec(ctx, c, keys(item), []string{number(epoch)}).AsStrSlice()
	if err != nil {
		return Balance{}, fault(err)
	}
	if len(words) < 5 {
		return Balance{}, errors.New("redis: a look has too few figures")
	}
	var f [5]int64
	for i := range f {
		if f[i], err = strconv.ParseInt(words[i], 10, 64); err != nil {
			return Balance{}, fmt.Errorf("redis: a look: %w", err)
		}
	}
	is := Balance{Usable: stock.Qty(f[0]), Subtract: stock.Qty(f[1]), Shortage: stock.Qty(f[2]), Given: stock.Qty(f[3]), Takes: f[4], Records: map[string]Record{}}
	for i := 5; i+1 < len(words); i += 2 {
		if is.Records[words[i]], err = parseRecord(words[i+1]); err != nil {
			return Balance{}, err
		}
	}
	return is, nil
}

// run carries out a script that answers with as many figures as are wanted.
func (b *Balances) run(ctx context.Context, s *rueidis.Lua, keys, arguments []string, want int) ([]int64, error) {
	c, err := b.client()
	if err != nil {
		return nil, err
	}
	figures, err := s.Exec(ctx, c, keys, arguments).AsIntSlice()
	if err != nil {
		return nil, fault(err)
	}
	if len(figures) != want {
		return nil, fmt.Errorf("redis: a script answered with %d figures, want %d", len(figures), want)
	}
	return figures, nil
}

// flag writes a yes or no as scripts take it.
func flag(yes bool) string {
	if yes {
		return "1"
	}
	return "0"
}

// number writes a whole number as Redis takes it.
func number[N ~int | ~int64](n N) string { return strconv.FormatInt(int64(n), 10) }
