package outpost

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"

	"holdfast.dev/holdfast/internal/catalog"
)

// CentreState is what a till knows about its centre, in addition to its books. It has a file of
// its own: when the file of the books was restored from a back-up, it is older than the
// state, and the till finds that out.
type CentreState struct {
	Centre   string `json:"centre"` // the address
	Tenant   string `json:"tenant"` // at the centre
	Till     string `json:"till"`
	Location string `json:"location"`
	Key      string `json:"key"`
	Epoch    string `json:"epoch"`

	// Ticket is the one that the till has, Next the one of its open hello, "" for none.
	Ticket string `json:"ticket,omitempty"`
	Next   string `json:"next,omitempty"`
	Era    string `json:"era,omitempty"`
	// Seq and Hash are of the last record that the till knows to be in the centre's books.
	Seq  uint64 `json:"seq,omitempty"`
	Hash string `json:"hash,omitempty"`
	// Position is up to where the centre's changes are applied.
	Position string `json:"position,omitempty"`
	// Offset is how far the centre's clock is before the till's, in milliseconds, as of the
	// last hello.
	Offset int64 `json:"offset,omitempty"`
	// ClockSet says that the last hello but one found another offset, nil if it did not.
	ClockSet *ClockSet `json:"clock_set,omitempty"`
	// Refused is why the centre takes no more of the log, "" if it does.
	Refused string `json:"refused,omitempty"`
	// AtRisk is the part of the centre's policy that the till itself works by, Terms the whole policy; nil: it is
	// not known.
	AtRisk bool               `json:"at_risk,omitempty"`
	Terms  *catalog.TillTerms `json:"terms,omitempty"`
	// Kits are the kits that the till has from its centre, by product.
	Kits []string `json:"kits,omitempty"`
	// Stale says that the centre no longer accepts this file.
	Stale bool `json:"stale,omitempty"`
}

// StateFile is the name of the state file, which is next to the books.
func StateFile(books string) string { return books + ".till" }

// ReadState reads the file. fs.ErrNotExist: it was never written.
func ReadState(file string) (CentreState, error) {
	var s CentreState
	b, err := os.ReadFile(file) //nolint:gosec // the operator names it
	if err != nil {
		return s, fmt.Errorf("read what the till knows: %w", err)
	}
	if err := json.Unmarshal(b, &s); err != nil {
		return s, fmt.Errorf("read what the till knows: %s: %w", file, err)
	}
	return s, nil
}

// WriteState replaces the file in one step; it is on the disk when it returns.
func WriteState(file string, s *CentreState) error {
	b, err := json.MarshalIndent(s, "", "  ")
	if err == nil {
		err = replace(file, append(b, '\n'))
	}
	if err != nil {
		return fmt.Errorf("note what the till knows: %w", err)
	}
	return nil
}

// private is the mode of a file with a key in it.
const private = 0o600

func replace(file string, content []byte) (err error) {
	f, err := os.OpenFile(file+".new", os.O_WRONLY|os.O_CREATE|os.O_TRUNC, private) //nolint:gosec // the operator names it
	if err != nil {
		return err
	}
	_, err = f.Write(content)
	if err == nil {
		err = f.Sync()
	}
	if shut := f.Close(); err == nil {
		err = shut
	}
	if err == nil {
		err = os.Rename(f.Name(), file)
	}
	if err != nil {
		return err
	}
	return syncFolder(filepath.Dir(file))
}
