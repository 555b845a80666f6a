package audit

import (
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"holdfast.dev/holdfast/internal/engine"
)

// Anchor is a head that a slot's log was seen to have. Kept outside the database,
// it shows later that the log still reaches that record and that the record is
// unchanged.
type Anchor struct {
	Slot uint16
	Seq  engine.Seq
	Hash [32]byte
}

// anchorFile is how anchors are kept.
type anchorFile struct {
	Version int          `json:"version"`
	Slots   []anchorLine `json:"slots"`
}

type anchorLine struct {
	Slot uint16     `json:"slot"`
	Seq  engine.Seq `json:"seq"`
	Hash string     `json:"hash"`
}

const anchorVersion = 1

// ReadAnchors reads the anchors in the file; none when it does not exist.
func ReadAnchors(path string) ([]Anchor, error) {
	data, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read anchors: %w", err)
	}
	var f anchorFile
	if err := json.Unmarshal(data, &f); err != nil {
		return nil, fmt.Errorf("read anchors: %s: %w", path, err)
	}
	if f.Version != anchorVersion || len(f.Slots) == 0 {
		return nil, fmt.Errorf("read anchors: %s is not an anchor file of version %d", path, anchorVersion)
	}
	anchors := make([]Anchor, len(f.Slots))
	for i, l := range f.Slots {
		hash, err := hex.DecodeString(l.Hash)
		if err != nil || len(hash) != len(anchors[i].Hash) {
			return nil, fmt.Errorf("read anchors: %s: the hash of slot %d is damaged", path, l.Slot)
		}
		anchors[i] = Anchor{Slot: l.Slot, Seq: l.Seq, Hash: [32]byte(hash)}
	}
	return anchors, nil
}

// WriteAnchors puts the anchors into the file in one step: after a crash it
// has the old ones or the new ones.
func WriteAnchors(path string, anchors []Anchor) error {
	f := anchorFile{Version: anchorVersion}
	for _, a := range anchors {
		f.Slots = append(f.Slots, anchorLine{a.Slot, a.Seq, hex.EncodeToString(a.Hash[:])})
	}
	data, err := json.MarshalIndent(f, "", "  ")
	if err == nil {
		err = replaceFile(path, append(data, '\n'))
	}
	if err != nil {
		return fmt.Errorf("write anchors: %w", err)
	}
	return nil
}

func replaceFile(path string, data []byte) error {
	dir := filepath.Dir(path)
	temp, err := os.CreateTemp(dir, filepath.Base(path)+".*")
	if err != nil {
		return err
	}
	_, err = temp.Write(data)
	err = errors.Join(err, temp.Sync(), temp.Close())
	if err == nil {
		err = os.Rename(temp.Name(), path)
	}
	if err != nil {
		return errors.Join(err, os.Remove(temp.Name()))
	}
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
