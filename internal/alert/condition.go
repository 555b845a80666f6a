package alert

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/expr-lang/expr"
	"github.com/expr-lang/expr/ast"
	"github.com/expr-lang/expr/file"
	"github.com/expr-lang/expr/parser"
	"github.com/expr-lang/expr/vm"

	"holdfast.dev/holdfast/internal/catalog"
)

// maxNodes is how many parts a condition may have. None of them repeats, so that bounds how
// long it takes too.
const maxNodes = 100

// operators are what a condition may use: numbers and truth, nothing that makes a text or a list.
var operators = []string{"+", "-", "*", "/", "**", "^", "<", "<=", ">", ">=", "==", "!=", "and", "&&", "or", "||", "not", "!"}

// condition is a compiled condition. One goroutine uses it at a time.
type condition struct {
	program *vm.Program
	machine vm.VM
	env     map[string]any
}

// compile compiles a condition over the variables of a metric, or says at which place it is none.
func compile(m *Metric, text string) (*condition, error) {
	bad := func(why string) error { return &catalog.InvalidError{Field: "condition", Reason: why} }
	tree, err := parser.Parse(text)
	if err == nil {
		err = allowed(m, &tree.Node)
	}
	env := make(map[string]any, len(m.Variables))
	for _, name := range m.Variables {
		env[name] = 0.0
	}
	c := &condition{env: env}
	if err == nil {
		c.program, err = expr.Compile(text, expr.Env(env), expr.AsBool(), expr.DisableAllBuiltins(), expr.MaxNodes(maxNodes))
	}
	switch at, is := errors.AsType[*file.Error](err); {
	case is:
		return nil, bad(fmt.Sprintf("is wrong at line %d, column %d: %s", at.Line, at.Column+1, at.Message))
	case err != nil:
		return nil, bad("is wrong: " + err.Error())
	}
	return c, nil
}

// holds reports whether the condition holds. Variables are given in the order of the metric's.
func (c *condition) holds(m *Metric, numbers ...float64) (bool, error) {
	for i, n := range numbers {
		c.env[m.Variables[i]] = n
	}
	out, err := c.machine.Run(c.program, c.env)
	if err != nil {
		return false, fmt.Errorf("evaluate the condition: %w", err)
	}
	return out == true, nil
}

// inspector finds the first part of a tree that is not allowed.
type inspector struct {
	metric *Metric
	bad    *file.Error
}

// allowed returns the first part that no condition may have.
func allowed(m *Metric, tree *ast.Node) error {
	i := inspector{metric: m}
	ast.Walk(tree, &i)
	if i.bad != nil {
		return i.bad
	}
	return nil
}

// Visit looks at a part of the tree.
func (i *inspector) Visit(node *ast.Node) {
	why := ""
	switch n := (*node).(type) {
	case *ast.IntegerNode, *ast.FloatNode, *ast.BoolNode, *ast.ConditionalNode:
	case *ast.IdentifierNode:
		if !slices.Contains(i.metric.Variables, n.Value) {
			why = fmt.Sprintf("%s has no %s: there are %s", i.metric.Name, n.Value, strings.Join(i.metric.Variables, ", "))
		}
	case *ast.UnaryNode:
		why = i.operator(n.Operator)
	case *ast.BinaryNode:
		why = i.operator(n.Operator)
	default:
		why = "only numbers, variables, comparisons, and, or, not are allowed"
	}
	if why != "" && i.bad == nil {
		at := (*node).Location()
		i.bad = &file.Error{Location: at, Line: 1, Column: at.From, Message: why}
	}
}

func (i *inspector) operator(name string) string {
	if slices.Contains(operators, name) {
		return ""
	}
	return fmt.Sprintf("%q is not allowed here: there are %s", name, strings.Join(operators, " "))
}
