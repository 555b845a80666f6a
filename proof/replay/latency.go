package replay

import (
	"math/bits"
	"sync/atomic"
	"time"
)

// latencies counts durations in buckets of about 3 % width, from a nanosecond
// to centuries, in constant memory. Safe for concurrent use.
type latencies struct {
	buckets [64 * latencySteps]atomic.Int64
}

// latencySteps is the number of buckets for each doubling.
const latencySteps = 32

func (l *latencies) add(d time.Duration) { l.buckets[bucketOf(d)].Add(1) }

func bucketOf(d time.Duration) int {
	v := uint64(max(d, 0))
	if v < latencySteps {
		return int(v)
	}
	shift := bits.Len64(v) - 6 // keeps v>>shift in 32..63
	return (shift+1)*latencySteps + int(v>>shift) - latencySteps
}

// top is the longest duration of bucket i.
func top(i int) time.Duration {
	if i < latencySteps {
		return time.Duration(i)
	}
	shift := i/latencySteps - 1
	return time.Duration((uint64(i%latencySteps)+latencySteps+1)<<shift - 1)
}

// quantile is the duration that the share q of all calls did not exceed.
func (l *latencies) quantile(q float64) time.Duration {
	var all int64
	for i := range l.buckets {
		all += l.buckets[i].Load()
	}
	want := int64(q * float64(all))
	for i := range l.buckets {
		n := l.buckets[i].Load()
		if want -= n; n > 0 && want < 0 {
			return top(i)
		}
	}
	return 0
}

// sparse is the non-empty buckets as pairs (bucket, count), for a checkpoint.
func (l *latencies) sparse() [][2]int64 {
	var pairs [][2]int64
	for i := range l.buckets {
		if n := l.buckets[i].Load(); n > 0 {
			pairs = append(pairs, [2]int64{int64(i), n})
		}
	}
	return pairs
}

// restore adds what sparse returned.
func (l *latencies) restore(pairs [][2]int64) {
	for _, pair := range pairs {
		if pair[0] >= 0 && pair[0] < int64(len(l.buckets)) {
			l.buckets[pair[0]].Add(pair[1])
		}
	}
}
