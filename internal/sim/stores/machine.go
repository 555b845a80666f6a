package stores

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/ledger"
	"holdfast.dev/holdfast/internal/outpost"
)

// machine is one with the files of a till.
type machine struct {
	r           *run
	name        string
	till, epoch string
	disk        *disk
	clock       *clock
	file        string // of what it knows
	state       []byte // what that was when the last life ended
	lives       int
	life        *life
	books       *ledger.Ledger
	program     *outpost.Till
	counter     *outpost.Counter
	cut         bool // its line
	orders      orders
	copy        *copied
	// doubtful says why the centre may refuse the file, "" if it must not.
	doubtful string
}

// copied is a copy of the files of a machine.
type copied struct {
	groups int
	state  []byte
	orders orders
}

// paired makes a machine of what the centre said to it.
func (r *run) paired(p outpost.Paired) (*machine, error) {
	for _, m := range r.machines {
		if m.till == p.Till && m.epoch == p.Epoch {
			r.violate("%s: the epoch %s is given out a second time", m.name, p.Epoch)
		}
	}
	m := r.machine(p.Till, p.Epoch)
	err := outpost.WriteState(m.file, &outpost.CentreState{Tenant: p.Tenant, Till: p.Till, Location: p.Location, Key: p.Key, Epoch: p.Epoch})
	return m, err
}

// machine makes a machine with empty books.
func (r *run) machine(till, epoch string) *machine {
	n := 1
	for _, m := range r.machines {
		if m.till == till {
			n++
		}
	}
	name := fmt.Sprintf("%s.%d", till, n)
	m := &machine{
		r: r, name: name, till: till, epoch: epoch, disk: newDisk(), clock: newClock(),
		file: filepath.Join(r.cfg.Dir, name+".till"), orders: orders{},
	}
	r.machines = append(r.machines, m)
	return m
}

// start begins a life of the machine.
func (m *machine) start() error {
	m.end()
	m.lives++
	l := m.r.newLife(fmt.Sprintf("%s/%d", m.name, m.lives), m.remember)
	books, eng, err := l.openBooks(m.disk, m.clock)
	if err != nil {
		return fmt.Errorf("open the books of %s: %w", m.name, err)
	}
	m.program, err = outpost.NewTill(l.ctx, books, eng, pantry{}, pantry{}, &line{m: m, life: l}, m.file, slog.New(slog.DiscardHandler), outpost.WithPause(func(most time.Duration) time.Duration { return most }))
	if err != nil {
		return fmt.Errorf("open %s: %w", m.name, err)
	}
	plantTill(m.program, m.r.cfg.Planted)
	m.life, m.books, m.counter = l, books, outpost.NewCounter(books, m.program)
	till := m.program
	l.all.Go(func() { _ = till.Run(l.ctx) }) // it ends with the life
	return nil
}

// remember keeps what the machine's file says when it dies.
func (m *machine) remember() { m.state, _ = os.ReadFile(m.file) } // it is there: it was read

func (m *machine) kill() {
	if m.life != nil {
		m.life.kill()
	}
}

// end waits until nothing of the last life is left: its writes since its death were never stored.
func (m *machine) end() {
	if m.life == nil {
		return
	}
	m.kill()
	m.life.all.Wait()
	m.life, m.program = nil, nil
	if err := os.WriteFile(m.file, m.state, 0o600); err != nil {
		m.r.violate("%v", err)
	}
}

func (m *machine) alive() bool { return m.life != nil && !m.life.isDead() }

// copyFiles copies what the machine has.
func (m *machine) copyFiles() {
	c := &copied{groups: len(m.disk.stored()), state: m.state, orders: m.orders.clone()}
	if m.alive() {
		c.state, _ = os.ReadFile(m.file) // it is there: the machine lives
	}
	m.copy = c
}

// putBack brings the machine back to its copy: its books and, when whole is set, all that it knows.
func (m *machine) putBack(whole bool) error {
	m.end()
	var err error
	if m.disk, err = m.disk.asOf(m.r.ctx, m.copy.groups); err != nil {
		return err
	}
	m.orders = m.copy.orders.clone()
	if whole {
		return os.WriteFile(m.file, m.copy.state, 0o600)
	}
	return nil
}

// double starts another machine with the copy.
func (m *machine) double() (*machine, error) {
	other := m.r.machine(m.till, m.epoch)
	var err error
	if other.disk, err = m.disk.asOf(m.r.ctx, m.copy.groups); err != nil {
		return nil, err
	}
	other.orders = m.copy.orders.clone()
	if err := os.WriteFile(other.file, m.copy.state, 0o600); err != nil {
		return nil, err
	}
	return other, other.start()
}

// pantry is what a till keeps of products: here nobody asks for it.
type pantry struct{}

// KnowAll knows everything.
func (pantry) KnowAll(_ context.Context, ins []catalog.Introduction) []catalog.Answer {
	out := make([]catalog.Answer, len(ins))
	for i := range out {
		out[i].Knowledge = catalog.Knowledge{Product: true, Location: true}
	}
	return out
}

// SetKits keeps nothing.
func (pantry) SetKits(_ context.Context, _ string, set []catalog.Kit) ([]catalog.Kit, error) {
	return set, nil
}

// DropKit has none.
func (pantry) DropKit(context.Context, string, string) (catalog.Kit, error) {
	return catalog.Kit{}, catalog.ErrUnknown
}

// Set keeps nothing.
func (pantry) Set(_ context.Context, _ string, set []catalog.Details) ([]catalog.Details, error) {
	return set, nil
}
