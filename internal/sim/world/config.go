package world

import (
	"context"
	"fmt"
	"math/rand/v2"

	"holdfast.dev/holdfast/internal/engine"
)

// Config says what is simulated.
type Config struct {
	// Seed decides everything.
	Seed uint64
	// Engine is "memory" or "sqlite"; Dir is where the files of the latter go.
	Engine, Dir string
	// Open, when set, opens the slots elsewhere; the function that it returns closes them.
	Open func(context.Context) ([]engine.Engine, func() error, error)
	// Slots is how many slots the books have, 0 is one.
	Slots int
	// Clients send Commands each, one after another.
	Clients, Commands int
	// Planted names a bug to be made on purpose, "" is none. Only binaries that
	// are built with the overlay of internal/sim/planted have those of the ledger.
	Planted string
}

// Result is the outcome of a run.
type Result struct {
	// Hash stands for the whole trace: equal runs have equal hashes.
	Hash uint64
	// Violations are what was wrong, nothing in a good run.
	Violations []string
	// Tail is the trace in words up to where it went wrong, or to its end.
	Tail []string
	// Stats counts what happened, Died names the points at which nodes died.
	Stats Stats
	Died  map[string]int

	moments []moment
}

// Stats counts what happened in a run.
type Stats struct {
	// Orders are those decided over several slots, Refused those of them that
	// were refused.
	Orders, Refused int
	// Stops are how often a node was asked to stop, Declined the calls that nodes
	// turned away with the promise that nothing had happened.
	Stops, Declined int
	// Told are the changes that watchers received, Resumed how often they continued
	// from the position they had reached.
	Told, Resumed int
	// Sundries are the events of questions about sundries.
	Sundries int
	// Transfers are those of stock, Carried their steps that moved units.
	Transfers, Carried int
	// Packs are the reserves of kits, and those that were sourced, that hold something.
	Packs int
	// Promoted are the items of campaigns that were compared with the books.
	Promoted int
	// Cases are those that were opened, Decided the decisions about them that were
	// carried out, Unsettled the cases that were open to the end.
	Cases, Decided, Unsettled int
	// Moves are the moves of buckets that were completed.
	Moves int
	// Hung are the movers that hung with rows in their hands, Woken those of them
	// that woke when others were bringing the same bucket.
	Hung, Woken int
	// Forwarded are the groups that nodes sent to each other, Unanswered those whose outcome the
	// sender did not get, Crossed those whose outcome it found after a bucket had left.
	Forwarded, Unanswered, Crossed int

	Decisions, Commands, Batches, Unheard, Answers, Records, Crashes, Freezes, Jumps, Faults, Lost int
}

// Add counts what happened in another run as well.
func (s *Stats) Add(o Stats) {
	s.Orders += o.Orders
	s.Refused += o.Refused
	s.Sundries += o.Sundries
	s.Transfers += o.Transfers
	s.Carried += o.Carried
	s.Packs += o.Packs
	s.Cases += o.Cases
	s.Promoted += o.Promoted
	s.Decided += o.Decided
	s.Unsettled += o.Unsettled
	s.Stops += o.Stops
	s.Told += o.Told
	s.Resumed += o.Resumed
	s.Declined += o.Declined
	s.Moves += o.Moves
	s.Hung += o.Hung
	s.Woken += o.Woken
	s.Forwarded += o.Forwarded
	s.Unanswered += o.Unanswered
	s.Crossed += o.Crossed
	s.Decisions += o.Decisions
	s.Commands += o.Commands
	s.Batches += o.Batches
	s.Unheard += o.Unheard
	s.Answers += o.Answers
	s.Records += o.Records
	s.Crashes += o.Crashes
	s.Freezes += o.Freezes
	s.Jumps += o.Jumps
	s.Faults += o.Faults
	s.Lost += o.Lost
}

// String says it in one line.
func (s Stats) String() string {
	text := fmt.Sprintf("%d decisions, %d commands (%d batches), %d answers (%d more never heard), %d records; %d crashes, %d freezes, %d jumps, %d faults, %d lost messages",
		s.Decisions, s.Commands, s.Batches, s.Answers, s.Unheard, s.Records, s.Crashes, s.Freezes, s.Jumps, s.Faults, s.Lost)
	text += fmt.Sprintf("; %d events of sundries; %d stops (%d calls turned away)", s.Sundries, s.Stops, s.Declined)
	if s.Packs > 0 {
		text += fmt.Sprintf("; %d reserves of packs", s.Packs)
	}
	if s.Promoted > 0 {
		text += fmt.Sprintf(", %d items of campaigns", s.Promoted)
	}
	if s.Cases > 0 {
		text += fmt.Sprintf("; %d cases (%d decisions, %d cases open to the end)", s.Cases, s.Decided, s.Unsettled)
	}
	if s.Transfers > 0 {
		text += fmt.Sprintf("; %d transfers (%d steps moved units)", s.Transfers, s.Carried)
	}
	if s.Resumed > 0 {
		text += fmt.Sprintf("; watchers were told of %d changes in %d streams", s.Told, s.Resumed)
	}
	if s.Orders > 0 {
		text += fmt.Sprintf("; %d reserves over several slots (%d refused)", s.Orders, s.Refused)
	}
	if s.Moves > 0 {
		text += fmt.Sprintf("; %d buckets moved (%d movers hung, %d of them until another one was at it)", s.Moves, s.Hung, s.Woken)
	}
	if s.Forwarded > 0 {
		text += fmt.Sprintf("; %d groups forwarded (%d unanswered, %d of them until a bucket had left)", s.Forwarded, s.Unanswered, s.Crossed)
	}
	return text
}

// weather is how many faults a run has: chances in 10,000 per decision, or per call of an engine or
// message.
type weather struct {
	crash, freeze, jump, pass, forget, stop int // per decision
	fault                                   int // per call of an engine
	lose, twice                             int // per message
	group, queue                            int // bounds of the ledgers
}

// drawWeather makes some runs calm in some respect, so that a rare thing is
// not always drowned by others.
func drawWeather(r *rand.Rand) weather {
	pick := func(of ...int) int { return of[r.IntN(len(of))] }
	return weather{
		crash: pick(0, 10, 27, 54), freeze: pick(0, 14, 40, 80), jump: pick(0, 7, 20), forget: pick(0, 14, 68),
		pass:  pick(130, 270, 540, 1080),
		fault: pick(0, 50, 150, 400), lose: pick(0, 200, 600), twice: pick(0, 300, 1000),
		group: pick(1, 2, 4, 1024), queue: pick(4, 64, 1<<15), stop: pick(0, 0, 6, 15),
	}
}
