package planted

// Sentences that several bugs change.
var (
	decides = Patch{
		"internal/ledger/slot/group.go",
		"stock.Decide(g, r.Command, g.now)",
		"stock.Decide(g.book(o, r.Command), g.taken(o, r.Command), g.now)",
	}
	decidesAhead = Patch{
		"internal/ledger/slot/sketch.go",
		"stock.Decide(g, r.Command, g.now)",
		"stock.Decide(g.book(o, r.Command), g.taken(o, r.Command), g.now)",
	}
	decided = Patch{
		"internal/ledger/slot/group.go",
		"\to.event = ev\n\tif !ev.Changed()",
		"\tg.spoil(ev)\n\to.event = ev\n\tif !ev.Changed()",
	}
)

// OneSlot are the bugs that books of one slot can have.
var OneSlot = []Bug{
	{"ack before commit", []Patch{ // callers are answered before their group is stored
		{
			"internal/ledger/slot/turn.go",
			"\t\t\terr := s.store(ctx, t.store(), g)\n",
			`			if s.o.Planted.Is("ack before commit") {
				t.calls = s.answerEarly(ctx, t.store(), g, t.calls)
				return nil, errEarly
			}
			err := s.store(ctx, t.store(), g)
`,
		},
		{
			"internal/ledger/slot/turn.go",
			"\t\tcase errors.Is(err, errDoubt):\n",
			"\t\tcase errors.Is(err, errEarly):\n\t\t\treturn t.calls\n\t\tcase errors.Is(err, errDoubt):\n",
		},
	}},
	{"no key check", []Patch{ // idempotency keys are not looked at
		{
			"internal/ledger/slot/key.go",
			`if r.Key == "" {`,
			`if r.Key == "" || g.s.o.Planted.Is("no key check") {`,
		},
	}},
	{"double release", []Patch{ // a release is not remembered
		{
			"internal/ledger/slot/commit.go",
			"\t\tt.join(g.gen, eg.Record.Seq)\n",
			`		if s.o.Planted.Is("double release") && g.releases(t.key) {
			t.forget(g.gen)
			continue
		}
		t.join(g.gen, eg.Record.Seq)
`,
		},
	}},
	{"stale cache after a lost head", []Patch{ // records of others are not applied to the memory
		{
			"internal/ledger/slot/memory.go",
			"\t\tstock.Apply(b, ev)\n",
			`		if m.planted.Is("stale cache after a lost head") {
			m.noteLines(ev)
			return nil
		}
		stock.Apply(b, ev)
`,
		},
	}},
	{"expiry by wrong clock", []Patch{ // slot time is the wall clock
		{"internal/ledger/slot/turn.go", "at := s.clock.Now()", "at := s.now()"},
	}},
	{"late confirm accepted", []Patch{decides, decidesAhead, decided}},    // a deadline does not end a confirm's right
	{"lost refund of a partial release", []Patch{decided}},                // a partial release gives nothing back
	{"refund of a quota to the pool", []Patch{decided}},                   // what comes back of a quota goes to the pool
	{"committed order expires", []Patch{decided}},                         // a commit leaves the deadline as it is
	{"relocation forgets the deadline", []Patch{decided}},                 // what was relocated is held for ever
	{"oversold not owed", []Patch{decided}},                               // nobody owes what was sold elsewhere and was not there
	{"owed units sold again", []Patch{decides, decidesAhead}},             // what is found, or mended, covers nothing
	{"count of a lot leaves the others", []Patch{decides, decidesAhead}},  // what is missing of a lot is owed, and other lots are for sale
	{"recall of what is there alone", []Patch{decides, decidesAhead}},     // what comes later of a recalled lot is for sale
	{"sale elsewhere leaves quotas", []Patch{decided}},                    // what the pool has not is owed, and quotas are for sale
	{"older look counts", []Patch{decides, decidesAhead, decided}},        // a look is not compared with the latest one
	{"retired item comes back", []Patch{decides, decidesAhead, decided}},  // units that come in bring a retired item back
	{"channel limit of a sale forgotten", []Patch{decides, decidesAhead}}, // a presale is sold to a channel past its limit
	{"lowered bound sold again", []Patch{decides, decidesAhead}},          // what comes back of a bound that waits is sold again
	{"withdrawn units still count as sold", []Patch{decided}},             // an order holds again what has left, and has it twice
	{"receipt for an order fills no line", []Patch{decided}},              // the order that units came for waits on
	{"customers' limit forgotten", []Patch{decides, decidesAhead}},        // a campaign does not count what a customer has
	{"order of its own batch unknown", []Patch{decides, decidesAhead}},    // a command does not see the order that its batch has made
	{"receipt in a batch is for nobody", []Patch{decides, decidesAhead}},  // the order that units came for waits on
	{"what has come back is forgotten", []Patch{decides, decidesAhead}},   // units of an order are returned twice
	{"lines of two deadlines merge", []Patch{decides, decidesAhead}},      // what is relocated gets the deadline of a line that is there
	{"turned away and done", []Patch{{ // a node that stops says that nothing has happened, and does it
		"internal/ledger/slot/submit.go",
		"\tif err := s.committer.queue.put(c); err != nil {\n",
		`	if err := s.committer.queue.put(c); err != nil {
		if err == ErrStopping && s.o.Planted.Is("turned away and done") {
			s.committer.queue.mu.Lock()
			s.committer.queue.calls = append(s.committer.queue.calls, c)
			s.committer.queue.mu.Unlock()
			s.committer.lead(ctx)
		}
`,
	}}},
	{"a stream goes on from now", []Patch{{ // a client that resumes receives nothing of what happened meanwhile
		"internal/feed/strand.go",
		"\ts.at = *after\n",
		`	s.at = *after
	if s.watch.tail.HasPlanted("a stream goes on from now") {
		s.at = Behind(s.log.Slot, head)
	}
`,
	}}},
	{"count of a lot counts the rest", []Patch{decides, decidesAhead}},        // a count of a lot corrects the units of no lot
	{"release of a lot takes the last drawn", []Patch{decides, decidesAhead}}, // the lot that a release names is left out
	{"change renews nothing", []Patch{decided}},                               // a change with a life of its own leaves the deadline as it is
	{"lot drawn after its expiry", []Patch{decides, decidesAhead, decided, { // lots are drawn after they have expired
		"internal/ledger/slot/due_lapse.go",
		"if it == nil || !it.Lapsed(g.now) {",
		`if it == nil || !it.Lapsed(g.now) || g.s.o.Planted.Is("lot drawn after its expiry") {`,
	}}},
	{"policy of lots forgotten", []Patch{decides, decidesAhead, decided}}, // lots are drawn in the usual order
	{"lead of lots forgotten", []Patch{decides, decidesAhead, decided}},   // what comes in is for sale until it expires
	{"refusal without a look at the head", []Patch{ // refusals are given without a look at the head
		{
			"internal/ledger/slot/turn.go",
			"\t\tif moved, err := s.follower.followIfBehind(ctx); err != nil || !moved {\n",
			`		if s.o.Planted.Is("refusal without a look at the head") {
			return g, nil
		}
		if moved, err := s.follower.followIfBehind(ctx); err != nil || !moved {
`,
		},
	}},
}
