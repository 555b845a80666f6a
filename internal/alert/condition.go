package alert

import (
	"fmt"
	"math"

	"holdfast.dev/holdfast/internal/catalog"
)

// maxNodes is how many parts a condition may have. No part is evaluated twice, so this also
// bounds the time.
const maxNodes = 100

// condition is a parsed condition: an expression over the variables of a metric, with
// numbers and truth values, as in github.com/expr-lang/expr (v1.17).
type condition struct{ root *node }

// compile parses a condition over the variables of a metric, or says at which place it is
// invalid.
func compile(m *Metric, text string) (*condition, error) {
	root, err := parse(m, text)
	if err != nil {
		return nil, &catalog.InvalidError{Field: "condition", Reason: err.Error()}
	}
	return &condition{root}, nil
}

// holds reports whether the condition holds. Variables are given in the order of the metric's.
func (c *condition) holds(numbers ...float64) bool { return c.root.value(numbers) != 0 }

// node is a part of a condition: an operator over others, a variable or a number.
type node struct {
	operator string // "": a variable or a number
	operands []*node
	truth    bool // its value is 1 or 0: true or false
	variable int  // its place in the metric's variables, -1: it is a number
	number   float64
}

// value is the value of the part: a truth value is 1 or 0. A number that is divided by 0 is
// infinite.
func (n *node) value(numbers []float64) float64 {
	switch {
	case n.operator == "" && n.variable >= 0:
		return numbers[n.variable]
	case n.operator == "":
		return n.number
	}
	a := n.operands[0].value(numbers)
	if len(n.operands) == 1 {
		switch n.operator {
		case "!":
			return 1 - a
		case "-":
			return -a
		}
		return a
	}
	if n.operator == "?" {
		if a != 0 {
			return n.operands[1].value(numbers)
		}
		return n.operands[2].value(numbers)
	}
	b := n.operands[1].value(numbers)
	switch n.operator {
	case "+":
		return a + b
	case "-":
		return a - b
	case "*":
		return a * b
	case "/":
		return a / b
	case "**":
		return math.Pow(a, b)
	case "&&":
		return a * b
	case "||":
		return max(a, b)
	case "<":
		return truth(a < b)
	case "<=":
		return truth(a <= b)
	case ">":
		return truth(a > b)
	case ">=":
		return truth(a >= b)
	case "==":
		return truth(a == b)
	case "!=":
		return truth(a != b)
	}
	panic(fmt.Sprintf("alert: no operator %q", n.operator)) // the parser makes no other
}

func truth(is bool) float64 {
	if is {
		return 1
	}
	return 0
}
