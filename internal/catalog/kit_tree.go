package catalog

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// kitTree follows the kits of a tenant from part to part, within a
// transaction. The kits that are stored have no circle: each was looked at
// here, under the lock of the log's head.
type kitTree struct {
	*read
	tenant string
}

// KitTreeError says why a kit does not fit to the kits there are. It is an
// ErrInvalid.
type KitTreeError struct {
	Why  error    // ErrCircular or ErrTooDeep
	Path []string // products, from the outermost kit to where it goes wrong
}

func (e *KitTreeError) Error() string {
	path := strings.Join(e.Path, " > ")
	if errors.Is(e.Why, ErrTooDeep) {
		return fmt.Sprintf("components would put more than %d kits inside each other: %s", MaxKitDepth, path)
	}
	return "components would make the kit contain itself: " + path
}

// Is reports that the error is an ErrInvalid.
func (e *KitTreeError) Is(target error) bool { return target == ErrInvalid }

// Unwrap is why.
func (e *KitTreeError) Unwrap() error { return e.Why }

// fits refuses a kit that would contain itself or be too deep, alone or as a
// part of others.
func (t *kitTree) fits(k Kit) error {
	parts := make([]string, len(k.Components))
	for i, p := range k.Components {
		parts[i] = p.Product
	}
	// Down: the kit is one, and each level of its parts that has a kit one more.
	inside := steps{k.Product: ""}
	for _, p := range parts {
		if p == k.Product {
			return &KitTreeError{ErrCircular, []string{k.Product, p}}
		}
		inside[p] = k.Product
	}
	depth, deepest := 0, k.Product
	for level := parts; ; depth++ {
		below, last, err := t.parts(level)
		if err != nil {
			return err
		}
		if len(below) == 0 {
			break
		}
		deepest = last
		level = level[:0:0]
		for part, whole := range below {
			if part == k.Product {
				return &KitTreeError{ErrCircular, append(inside.path(whole), part)}
			}
			inside[part] = whole // the last way to it is the longest
			level = append(level, part)
		}
		if depth+1 >= MaxKitDepth {
			return &KitTreeError{ErrTooDeep, inside.path(deepest)}
		}
		slices.Sort(level)
	}
	// Up: each level of the kits that it is a part of is one more.
	around := steps{k.Product: ""}
	for level, above := []string{k.Product}, 0; ; {
		wholes, last, err := t.kitsWithPart(level)
		if err != nil || len(wholes) == 0 {
			return err
		}
		level = level[:0:0]
		for whole, part := range wholes {
			around[whole] = part
			level = append(level, whole)
		}
		if above++; above+1+depth > MaxKitDepth {
			outside := around.path(last)
			slices.Reverse(outside)
			return &KitTreeError{ErrTooDeep, append(outside, inside.path(deepest)[1:]...)}
		}
		slices.Sort(level)
	}
}

// steps says of each product from which one it was reached.
type steps map[string]string

// path is the way to a product, from where the steps began.
func (s steps) path(to string) []string {
	var way []string
	for at := to; at != ""; at = s[at] {
		way = append(way, at)
	}
	slices.Reverse(way)
	return way
}

// parts returns the parts of those products that are kits, each with a kit it
// is a part of, and one of these kits.
func (t *kitTree) parts(of []string) (found map[string]string, last string, err error) {
	kits, err := kitKind.readSome(t.read, t.tenant, of)
	found = map[string]string{}
	for _, k := range kits {
		for _, p := range k.document.Components {
			found[p.Product] = k.document.Product
			last = max(last, k.document.Product)
		}
	}
	return found, last, err
}

// kitsWithPart returns the kits that have one of the products for a part, each with
// that part, and one of these kits.
func (t *kitTree) kitsWithPart(of []string) (found map[string]string, last string, err error) {
	links, err := kitKind.linked(t.read, t.tenant, of)
	found = map[string]string{}
	for _, l := range links {
		found[l.id] = l.target
		last = max(last, l.id)
	}
	return found, last, err
}
