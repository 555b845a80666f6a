package stock

import "fmt"

// DropTenant returns the record and its side text without anything of the tenant: the rest
// shows neither its name nor which strings it used. Hash and indexes of entries stay as
// they were. A record that has nothing of the tenant is returned as it is.
func DropTenant(body, text []byte, tenant string) (newBody, newText []byte, err error) {
	r, err := ParseRecord(body)
	if err != nil {
		return nil, nil, fmt.Errorf("drop tenant: %w", err)
	}
	gone := -1
	for i := range r.blocks {
		if !r.blocks[i].dropped() && r.blocks[i].tenant == tenant {
			gone = i
		}
	}
	if gone < 0 {
		return body, text, nil
	}
	if len(text) > 0 {
		t, err := parseText(text)
		if err != nil {
			return nil, nil, fmt.Errorf("drop tenant: %w", err)
		}
		if len(t) != len(r.blocks) {
			return nil, nil, fmt.Errorf("drop tenant: the side text is of another record: %w", ErrMalformed)
		}
		t[gone] = nil
		newText = t.append(nil)
	}
	newBody = make([]byte, 0, len(body))
	newBody = append(newBody, r.hashed...)
	r.blocks[gone].raw = nil
	for i := range r.blocks {
		newBody = appendUint(newBody, uint64(len(r.blocks[i].raw)))
	}
	for i := range r.blocks {
		newBody = append(newBody, r.blocks[i].raw...)
	}
	return appendRecordSum(newBody), newText, nil
}
