package stock

import (
	"errors"
	"testing"
)

func TestARowHasOneSpelling(t *testing.T) {
	t.Parallel()
	item := func(content ...byte) error {
		n := len(content)
		_, err := DecodeItem(sampleTea, appendSum(appendItemKey(content, sampleTea), 0, n))
		return err
	}
	var reader HoldReader
	hold := func(content ...byte) error {
		key, n := sampleHold().Key, len(content)
		row := appendSum(appendHoldKey(content, key), 0, n)
		_, err := DecodeHold(key, row)
		if reader.OpenLines(key, row, func(*Line) {}) != nil && err == nil {
			t.Errorf("%x: only the quick reader refuses it", content)
		}
		return err
	}
	step := func(tail int, content ...byte) error {
		row := append(content, make([]byte, tail)...)
		_, err := DecodeHandover(appendSum(row, 0, len(row)))
		return err
	}
	line := func(bits uint64, parts ...byte) []byte {
		return append(appendUint([]byte{rowVersion, byte(holdPlainCall), 1}, bits), parts...)
	}
	for _, c := range []struct {
		name string
		err  error
		good bool
	}{
		{"a step", step(16, rowVersion, 0, 5, byte(Left), 2, 3), true},
		{"a step of another version", step(16, rowVersion+1, 0, 5, byte(Left), 2, 3), false},
		{"a step of no bucket", step(16, rowVersion, 0, 0x80, 8, byte(Left), 2, 3), false},
		{"a step to a stage nobody knows", step(16, rowVersion, 0, 5, byte(stages), 2, 3), false},
		{"a step to a slot past every number", step(16, rowVersion, 0, 5, byte(Left), 2, 0x80, 0x80, 4), false},
		{"a step with more behind the end", step(17, rowVersion, 0, 5, byte(Left), 2, 3), false},
		{"a step of too many bytes", step(16, rowVersion, 0, 0x85, 0, byte(Left), 2, 3), false},
		{"an empty item", item(rowVersion, 0, 5, 9, 0, 0), true},
		{"an item of another version", item(rowVersion+1, 0, 5, 9, 0, 0), false},
		{"an item with a bit of entries", item(rowVersion, byte(itemFigures), 5, 9, 0, 0, 0, 2, 0), false},
		{"an item of no bucket", item(rowVersion, 0, 0x80, 8, 9, 0, 0), false},
		{"an item with an empty unit", item(rowVersion, 0x80, 1, 5, 9, 0, 0, 0, 0), false},
		{"an item with threshold 0", item(rowVersion, byte(itemThreshold), 5, 9, 0, 0, 0), false},
		{"an item that is off on no channel", item(rowVersion, 0x80, 4, 5, 9, 0, 0, 0), false},
		{"an item that is off on a channel", item(rowVersion, 0x80, 4, 5, 9, 0, 0, 1, 1, 'a'), true},
		{"an item with more behind the end", item(rowVersion, 0, 5, 9, 0, 0, 0), false},
		{"an item with a numbered account by name", item(rowVersion, 0, 5, 9, 0, 1, 14, 'h', 'e', 'l', 'd', 0), false},
		{"an item with more balances than there is room for", item(rowVersion, 0, 5, 9, 0, 99, 1, 0), false},
		{"an item with an account by number", item(rowVersion, 0, 5, 9, 0, 1, 2, 0), true},
		{"an item with channels in order", item(rowVersion, byte(itemChannels), 5, 9, 0, 0, 2, 0, 1, 'a', 0, 0, 1, 'b', 0), true},
		{"an item with channels out of order", item(rowVersion, byte(itemChannels), 5, 9, 0, 0, 2, 0, 1, 'b', 0, 0, 1, 'a', 0), false},
		{"an item that keeps a lot which is gone", item(rowVersion, 0x80, 0x40, 5, 9, 0, 0, 1, 0, 9, 5, 'g', 'r', 'a', 'd', 'e', 1, 'A'), false},
		{"an item with promises that are over", item(rowVersion, 0x80, 0x10, 5, 9, 0, 0, 0), false},
		{"an item with a rule that says nothing", item(rowVersion, 0x80, 8, 5, 9, 0, 0, 1, 0, 1, 'a'), false},
		{"an empty hold", hold(rowVersion, 0, 0), true},
		{"a hold of another version", hold(rowVersion+1, 0, 0), false},
		{"a line of call 0", hold(line(linePlain, 0, 1, 'p', 4, 2)...), true},
		{"a line of a call that is not there", hold(rowVersion, 0, 1, byte(linePlain), 0, 1, 'p', 4, 2), false},
		{"a leg without its key", hold(line(linePlain|lineLeg, 0, 1, 'p', 4, 2)...), false},
		{"a line with an empty lot", hold(line(linePlain|lineLot, 0, 1, 'p', 4, 2, 0)...), false},
		{"a line with an empty channel", hold(line(linePlain|lineChannel, 0, 1, 'p', 4, 2, 0)...), false},
		{"a line of call 0 spelt out", hold(line(linePlain|lineCall, 0, 1, 'p', 4, 2, 0)...), false},
		{"a plain line spelt out", hold(line(lineDrawn, 0, 1, 'p', 4, 2, 1, 1, 4)...), false},
		{"a line that drew nothing spelt out", hold(line(lineDrawn, 0, 1, 'p', 4, 2, 0)...), false},
		{"an ended line of which nothing left", hold(line(linePlain|lineEnded, 0, 1, 'p', 4, 2, 0, 0, 0, 0, 0)...), false},
		{"a deadline of 0 spelt out", hold(line(linePlain|lineDeadline, 0, 1, 'p', 4, 2, 1)...), false},
		{"a line updated when it was made", hold(line(linePlain|lineTimes, 0, 1, 'p', 4, 2, 0)...), false},
		{"a plain call without a line", hold(rowVersion, byte(holdPlainCall), 0), false},
		{"a plain call and others", hold(append(append([]byte{rowVersion, byte(holdPlainCall | holdCalls)}, line(linePlain, 0, 1, 'p', 4, 2)[2:]...), 1, byte(callLegs), 1, 7)...), false},
		{"no calls spelt out", hold(rowVersion, byte(holdCalls), 0, 0), false},
		{"a plain call spelt out", hold(rowVersion, byte(holdCalls), 1, byte(linePlain), 0, 1, 'p', 4, 2, 1, 0), false},
		{"a call whose home is a line that is not there", hold(rowVersion, byte(holdCalls), 0, 1, byte(callLine), 2), false},
		{"a call whose home is a line spelt out", hold(rowVersion, byte(holdCalls), 1, byte(linePlain), 0, 1, 'p', 4, 2, 1, byte(callHome), 0, 1, 'p', 0xfe, 6), false},
		{"a call with legs of which there are none", hold(rowVersion, byte(holdCalls), 1, byte(linePlain), 0, 1, 'p', 4, 2, 1, byte(callLegs), 0), false},
		{"a call with a leg", hold(rowVersion, byte(holdCalls), 1, byte(linePlain), 0, 1, 'p', 4, 2, 1, byte(callLegs), 1, 7), true},
		{"a call with a leg in no bucket", hold(rowVersion, byte(holdCalls), 1, byte(linePlain), 0, 1, 'p', 4, 2, 1, byte(callLegs), 1, 0x80, 8), false},
	} {
		if c.good && c.err != nil || !c.good && !errors.Is(c.err, ErrMalformed) {
			t.Errorf("%s: %v", c.name, c.err)
		}
	}
}
