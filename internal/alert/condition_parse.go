package alert

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// priorities are those of operators with two sides: the higher binds more.
var priorities = map[string]int{
	"||": 10, "&&": 15, "==": 20, "!=": 20, "<": 20, "<=": 20, ">": 20, ">=": 20, "+": 30, "-": 30, "*": 60, "/": 60, "**": 100,
}

// These are those of prefix operators.
const (
	notBinds  = 50
	signBinds = 90
)

// aliases are other names of operators.
var aliases = map[string]string{"and": "&&", "or": "||", "not": "!", "^": "**"}

// operators are what a condition may use: on numbers and truth values, nothing that makes a text
// or a list.
var operators = []string{"+", "-", "*", "/", "**", "^", "<", "<=", ">", ">=", "==", "!=", "and", "&&", "or", "||", "not", "!"}

// parser reads a condition from left to right.
type parser struct {
	metric *Metric
	text   string
	tokens []token
	nodes  int
}

// parse reads a whole condition, which is true or false.
func parse(m *Metric, text string) (*node, error) {
	tokens, all := scan(text)
	p := &parser{metric: m, text: text, tokens: tokens}
	if end := tokens[len(tokens)-1]; !all {
		return nil, p.explainFault(end, "%q is not expected here", string([]rune(text[end.at:])[0]))
	}
	at := p.tokens[0]
	root, err := p.parseChoice()
	if err == nil && p.tokens[0].text != "" {
		err = p.explainFault(p.tokens[0], "%q is not expected here", p.tokens[0].text)
	}
	if err == nil && !root.truth {
		err = p.explainFault(at, "it is a number, and should be true or false")
	}
	return root, err
}

// explainFault says what is wrong, and where.
func (p *parser) explainFault(at token, form string, about ...any) error {
	before := p.text[:at.at]
	return fmt.Errorf("is wrong at line %d, column %d: %s", 1+strings.Count(before, "\n"), len([]rune(before[strings.LastIndex(before, "\n")+1:]))+1, fmt.Sprintf(form, about...))
}

// operator is the next token as an operator.
func (p *parser) operator() string {
	name := p.tokens[0].text
	if full, is := aliases[name]; is {
		return full
	}
	return name
}

func (p *parser) next() token {
	t := p.tokens[0]
	if t.text != "" {
		p.tokens = p.tokens[1:]
	}
	return t
}

// add counts a part.
func (p *parser) add(at token, n node) (*node, error) {
	if p.nodes++; p.nodes > maxNodes {
		return nil, p.explainFault(at, "it has more than %d parts", maxNodes)
	}
	return &n, nil
}

// parseChoice reads an expression with its choices: a ? b : c.
func (p *parser) parseChoice() (*node, error) {
	at := p.tokens[0]
	left, err := p.binary(0)
	if err != nil || p.tokens[0].text != "?" {
		return left, err
	}
	p.next()
	if !left.truth {
		return nil, p.explainFault(at, "what is before ? is a number, and should be true or false")
	}
	yes, err := p.parseChoice()
	if err != nil {
		return nil, err
	}
	colon := p.next()
	if colon.text != ":" {
		return nil, p.explainFault(colon, "a : is expected here")
	}
	no, err := p.parseChoice()
	if err != nil {
		return nil, err
	}
	if yes.truth != no.truth {
		return nil, p.explainFault(colon, "one choice is a number, the other true or false")
	}
	return p.add(at, node{operator: "?", operands: []*node{left, yes, no}, truth: yes.truth})
}

// binary reads operators that bind at least so much.
func (p *parser) binary(least int) (*node, error) {
	left, err := p.unary()
	for err == nil {
		at, operator := p.tokens[0], p.operator()
		binds, is := priorities[operator]
		if !is || binds < least {
			return left, nil
		}
		p.next()
		behind := binds + 1
		if operator == "**" { // 2 ** 3 ** 2 is 2 ** 9
			behind = binds
		}
		var right *node
		if right, err = p.binary(behind); err != nil {
			return nil, err
		}
		if left, err = p.join(at, operator, left, right); err == nil {
			left, err = p.chain(operator, left, right)
		}
	}
	return nil, err
}

// chain reads further comparisons that follow each other: 1 < value < 3 is 1 < value && value
// < 3.
func (p *parser) chain(operator string, left, middle *node) (*node, error) {
	for compares(operator) && compares(p.operator()) {
		at := p.tokens[0]
		operator = p.operator()
		p.next()
		right, err := p.binary(priorities[operator] + 1)
		if err != nil {
			return nil, err
		}
		second, err := p.join(at, operator, middle, right)
		if err != nil {
			return nil, err
		}
		if left, err = p.join(at, "&&", left, second); err != nil {
			return nil, err
		}
		middle = right
	}
	return left, nil
}

func compares(operator string) bool { return slices.Contains([]string{"<", "<=", ">", ">="}, operator) }

// join makes a part of an operator and its two sides.
func (p *parser) join(at token, operator string, left, right *node) (*node, error) {
	logical, same := operator == "&&" || operator == "||", operator == "==" || operator == "!="
	switch {
	case same && left.truth != right.truth:
		return nil, p.explainFault(at, "one side of %s is a number, the other true or false", at.text)
	case logical && (!left.truth || !right.truth):
		return nil, p.explainFault(at, "both sides of %s should be true or false", at.text)
	case !same && !logical && (left.truth || right.truth):
		return nil, p.explainFault(at, "both sides of %s should be numbers", at.text)
	}
	return p.add(at, node{operator: operator, operands: []*node{left, right}, truth: same || logical || compares(operator)})
}

// unary reads an operand with its prefix operators.
func (p *parser) unary() (*node, error) {
	at, operator := p.tokens[0], p.operator()
	switch {
	case operator == "!" || operator == "-" || operator == "+":
		p.next()
		binds := signBinds
		if operator == "!" {
			binds = notBinds
		}
		of, err := p.binary(binds)
		switch {
		case err != nil:
			return nil, err
		case of.truth != (operator == "!"):
			return nil, p.explainFault(at, "%s stands before a number, not before truth, and not the other way round", at.text)
		}
		return p.add(at, node{operator: operator, operands: []*node{of}, truth: of.truth})
	case at.text == "(":
		p.next()
		inner, err := p.parseChoice()
		if err != nil {
			return nil, err
		}
		if end := p.next(); end.text != ")" {
			return nil, p.explainFault(end, "a ) is expected here")
		}
		return inner, nil
	}
	return p.operand(p.next())
}

// operand is a number, a variable, true or false.
func (p *parser) operand(t token) (*node, error) {
	switch t.kind {
	case numeral:
		n, err := strconv.ParseFloat(strings.ReplaceAll(t.text, "_", ""), 64)
		if err != nil {
			return nil, p.explainFault(t, "%q is no number", t.text)
		}
		return p.add(t, node{variable: -1, number: n})
	case word:
		if t.text == "true" || t.text == "false" {
			return p.add(t, node{variable: -1, number: truth(t.text == "true"), truth: true})
		}
		if place := slices.Index(p.metric.Variables, t.text); place >= 0 {
			return p.add(t, node{variable: place})
		}
		return nil, p.explainFault(t, "%s has no %s: there are %s", p.metric.Name, t.text, strings.Join(p.metric.Variables, ", "))
	}
	if t.text == "" {
		return nil, p.explainFault(t, "it ends too early")
	}
	return nil, p.explainFault(t, "%q is not expected here: there are numbers, variables, true, false, ( ) ? : and %s", t.text, strings.Join(operators, " "))
}
