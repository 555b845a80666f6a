package stores

import "fmt"

// Config says what is run.
type Config struct {
	Seed uint64
	// Steps is how many times something is done before the end begins.
	Steps int
	// Tills are in the store.
	Tills int
	// Dir is a folder for the files of the run, Catalog an empty catalog to begin with.
	Dir, Catalog string
	// Planted is the bug that the run has, "" for none.
	Planted string
}

// Result is the outcome of a run.
type Result struct {
	Violations []string
	// Hash is of all that happened, Tail the last of it.
	Hash  uint64
	Tail  []string
	Stats Stats
}

// Stats count what happened.
type Stats struct {
	// Operations are the requests of shoppers and staff, Sold the orders among them that
	// were taken at tills, Online those at the centre.
	Operations, Sold, Online int
	// Messages went over lines, Lost, Doubled and Late are among them.
	Messages, Lost, Doubled, Late int
	// Deaths are of tills and the centre, Copies are files copied or put back.
	Deaths, Cuts, Copies, Restores, WriteOffs, Pairings int
	// AtRisk are sales of what the till did not have.
	AtRisk int
	// Booked are cases of a till's entries that somebody booked.
	Booked int
}

// Add adds another run's.
func (s *Stats) Add(o Stats) {
	for _, p := range [...]struct {
		to *int
		n  int
	}{
		{&s.Operations, o.Operations},
		{&s.Sold, o.Sold},
		{&s.Online, o.Online},
		{&s.Messages, o.Messages},
		{&s.Lost, o.Lost},
		{&s.Doubled, o.Doubled},
		{&s.Late, o.Late},
		{&s.Deaths, o.Deaths},
		{&s.Cuts, o.Cuts},
		{&s.Copies, o.Copies},
		{&s.Restores, o.Restores},
		{&s.WriteOffs, o.WriteOffs},
		{&s.Pairings, o.Pairings},
		{&s.AtRisk, o.AtRisk},
		{&s.Booked, o.Booked},
	} {
		*p.to += p.n
	}
}

// String says it in one line.
func (s Stats) String() string {
	return fmt.Sprintf("%d operations, %d orders at tills and %d online, %d at risk; %d messages, %d lost, %d doubled, %d late; %d deaths, %d cuts, %d copies, %d restores, %d write-offs, %d pairings, %d cases booked",
		s.Operations, s.Sold, s.Online, s.AtRisk, s.Messages, s.Lost, s.Doubled, s.Late, s.Deaths, s.Cuts, s.Copies, s.Restores, s.WriteOffs, s.Pairings, s.Booked)
}
