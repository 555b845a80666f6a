package replay

import (
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"
	"os"
	"path/filepath"
)

// checkpoint is what a later process needs to continue a run: the outcomes of all tasks
// up to the first unanswered one. The plan and the outcomes determine every figure of
// the run, and what each customer may return in Linked mode. Counts are here for
// people, and to detect a damaged file. Tasks after the last outcome may have been
// carried out: they are sent again with the same keys and get the same answers.
type checkpoint struct {
	Format     int        `json:"format"`
	Settings   Settings   `json:"settings"`
	FileSHA256 string     `json:"input_sha256"`
	Opened     bool       `json:"opened"`   // all SKUs are
	Location   string     `json:"location"` // that the server named at opening
	Finished   bool       `json:"finished"`
	Done       int        `json:"tasks_done"`
	Counts     Counts     `json:"counts"`
	Pace       Pace       `json:"pace"`
	Latencies  [][2]int64 `json:"latencies"`
	Outcomes   []byte     `json:"outcomes"` // gzip of one varint per task done
}

const checkpointFormat = 1

// Codes of an outcome; a part of n units is written as n+1. With sites there are no parts: the
// code is that of the site that gave all units, plus 1.
const (
	outcomeNone = 0
	outcomeFull = 1
)

func appendOutcome(to []byte, t *Task, o Outcome) []byte {
	code := uint64(o.Units) + 1
	switch o.Units {
	case 0:
		code = outcomeNone
	case full(t):
		code = outcomeFull + uint64(o.Site)
	}
	return binary.AppendUvarint(to, code)
}

// outcomeOf is the outcome of a code.
func (p *Plan) outcomeOf(t *Task, code uint64) Outcome {
	switch {
	case code == outcomeNone:
		return Outcome{}
	case p.Mode == Warehouses:
		// Apply refuses a site that does not exist.
		return Outcome{Units: full(t), Site: int32(min(code-outcomeFull, math.MaxInt32))}
	case code == outcomeFull:
		return Outcome{Units: full(t)}
	}
	return Outcome{Units: int64(code) - 1}
}

// readCheckpoint returns the checkpoint at path; found is false if there is none. A checkpoint
// of another run or file is an error.
func readCheckpoint(path string, p *Plan) (c checkpoint, found bool, err error) {
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return c, false, nil
	}
	if err != nil {
		return c, false, fmt.Errorf("read checkpoint: %w", err)
	}
	if err := json.Unmarshal(text, &c); err != nil || c.Format != checkpointFormat {
		return c, false, fmt.Errorf("%s is not a checkpoint of a replay, or a damaged one; delete it to begin again (steps already done are not done twice)", path)
	}
	if c.Settings != p.Settings || c.FileSHA256 != p.FileSHA256 {
		return c, false, badSettings("checkpoint %s belongs to another run (%s/%s, run %s): use another --state or delete it",
			path, c.Settings.Opening, c.Settings.Mode, c.Settings.Run)
	}
	return c, true, nil
}

// tally books the outcomes of c and also returns them unpacked.
func (c *checkpoint) tally(p *Plan) (*Tally, []byte, error) {
	t := NewTally(p)
	unzip, err := gzip.NewReader(bytes.NewReader(c.Outcomes))
	if err != nil {
		return nil, nil, fmt.Errorf("unpack outcomes: %w", err)
	}
	// A varint has at most ten bytes.
	codes, err := io.ReadAll(io.LimitReader(unzip, int64(len(p.Tasks))*binary.MaxVarintLen64+1))
	if err != nil {
		return nil, nil, fmt.Errorf("unpack outcomes: %w", err)
	}
	rest := codes
	for i := range c.Done {
		code, n := binary.Uvarint(rest)
		if n <= 0 || i >= len(p.Tasks) || code > maxUnits {
			return nil, nil, fmt.Errorf("outcome %d of %d cannot be read", i, c.Done)
		}
		rest = rest[n:]
		if err := t.Apply(&p.Tasks[i], p.outcomeOf(&p.Tasks[i], code)); err != nil {
			return nil, nil, err
		}
	}
	if len(rest) > 0 || t.Counts != c.Counts || c.Finished && c.Done != len(p.Tasks) {
		return nil, nil, errors.New("its counts do not follow from its outcomes")
	}
	return t, codes, nil
}

// write replaces the checkpoint at path: afterwards it has all of c, or, if the machine fails on
// the way, the complete earlier content.
func (c checkpoint) write(path string, codes []byte) error {
	var packed bytes.Buffer
	zip, err := gzip.NewWriterLevel(&packed, gzip.BestSpeed)
	if err != nil {
		return fmt.Errorf("write checkpoint: %w", err)
	}
	if _, err := zip.Write(codes); err != nil {
		return fmt.Errorf("write checkpoint: %w", err)
	}
	if err := zip.Close(); err != nil {
		return fmt.Errorf("write checkpoint: %w", err)
	}
	c.Format, c.Outcomes = checkpointFormat, packed.Bytes()
	text, err := json.MarshalIndent(c, "", "  ")
	if err != nil {
		return fmt.Errorf("write checkpoint: %w", err)
	}
	if err := replaceFile(path, text); err != nil {
		return fmt.Errorf("write checkpoint: %w", err)
	}
	return nil
}

// replaceFile writes next to path, under a fixed name so that a killed process leaves
// one file at most, and renames.
func replaceFile(path string, text []byte) error {
	f, err := os.OpenFile(path+".tmp", os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(text)
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		return errors.Join(err, os.Remove(f.Name()))
	}
	dir, err := os.Open(filepath.Dir(path))
	if err != nil {
		return err
	}
	return errors.Join(dir.Sync(), dir.Close())
}
