// Command overlay writes the files of a binary with planted bugs below .cache of
// the module's root, where it must be started, and prints the path of what
// "go build -overlay" reads.
package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"holdfast.dev/holdfast/internal/sim/planted"
)

func main() {
	path, err := write(filepath.Join(".cache", "planted"))
	if err != nil {
		fmt.Fprintln(os.Stderr, "overlay:", err)
		os.Exit(1)
	}
	fmt.Println(path)
}

// write puts the overlay into the folder and returns the path of its list.
func write(folder string) (string, error) {
	root, err := os.Getwd()
	if err != nil {
		return "", err
	}
	folder = filepath.Join(root, folder)
	files, err := planted.Overlay(root)
	if err != nil {
		return "", err
	}
	var list struct{ Replace map[string]string }
	list.Replace = map[string]string{}
	for file, text := range files {
		to := filepath.Join(folder, file)
		list.Replace[filepath.Join(root, file)] = to
		if err := replace(to, []byte(text)); err != nil {
			return "", err
		}
	}
	packed, err := json.MarshalIndent(list, "", "\t")
	if err != nil {
		return "", err
	}
	path := filepath.Join(folder, "overlay.json")
	return path, replace(path, append(packed, '\n'))
}

// replace gives the file the text in one atomic step, and leaves a file alone that already has it.
func replace(path string, text []byte) error {
	is, err := os.ReadFile(path)
	if err == nil && bytes.Equal(is, text) || err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	next, err := os.CreateTemp(filepath.Dir(path), "next-*")
	if err != nil {
		return err
	}
	_, err = next.Write(text)
	if err = errors.Join(err, next.Close()); err != nil {
		return errors.Join(err, os.Remove(next.Name()))
	}
	return os.Rename(next.Name(), path)
}
