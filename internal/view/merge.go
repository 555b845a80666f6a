package view

import (
	"container/heap"
	"context"
)

// iterator returns things one by one in an order; ok is false at the end.
type iterator[T any] interface {
	next(ctx context.Context) (v T, ok bool, err error)
}

// merged returns the things of several sources, in the order that they share. The next
// thing of each source is known before it is asked for.
type merged[T any] struct {
	heads  []mergeHead[T]
	before func(a, b T) bool
}

type mergeHead[T any] struct {
	v    T
	from iterator[T]
}

func merge[T any, S iterator[T]](ctx context.Context, sources []S, before func(a, b T) bool) (*merged[T], error) {
	m := &merged[T]{before: before}
	for _, s := range sources {
		v, ok, err := s.next(ctx)
		if err != nil {
			return nil, err
		}
		if ok {
			m.heads = append(m.heads, mergeHead[T]{v, s})
		}
	}
	heap.Init(m)
	return m, nil
}

func (m *merged[T]) next(ctx context.Context) (v T, ok bool, err error) {
	if len(m.heads) == 0 {
		return v, false, nil
	}
	top := &m.heads[0]
	first := top.v
	following, ok, err := top.from.next(ctx)
	switch {
	case err != nil:
		return v, false, err
	case ok:
		top.v = following
		heap.Fix(m, 0)
	default:
		heap.Pop(m)
	}
	return first, true, nil
}

// Len, Less, Swap, Push and Pop make it a heap with the first on top.
func (m *merged[T]) Len() int           { return len(m.heads) }
func (m *merged[T]) Less(i, k int) bool { return m.before(m.heads[i].v, m.heads[k].v) }
func (m *merged[T]) Swap(i, k int)      { m.heads[i], m.heads[k] = m.heads[k], m.heads[i] }
func (m *merged[T]) Push(x any)         { m.heads = append(m.heads, x.(mergeHead[T])) }
func (m *merged[T]) Pop() any {
	last := m.heads[len(m.heads)-1]
	m.heads = m.heads[:len(m.heads)-1]
	return last
}
