import type { Random } from '../../core/random.js';

interface Expression {
  readonly text: string;
  readonly value: number;
}

/** How many different expressions a level has, where they are few; a lower bound elsewhere. */
export function expressionCount(level: number): number {
  return level === 1 ? 81 : level === 2 ? 8100 : 10_000;
}

/** One expression of a difficulty level from 1 to 5; its value is a whole number. */
export function makeExpression(level: number, random: Random): Expression {
  switch (level) {
    case 1:
      return binary(leaf(random, 1, 9), '+', leaf(random, 1, 9));
    case 2:
      return binary(leaf(random, 10, 99), '+', leaf(random, 10, 99));
    case 3:
      return binary(
        binary(leaf(random, 10, 99), sign(random), leaf(random, 10, 99)),
        sign(random),
        leaf(random, 10, 99),
      );
    case 4:
      return binary(
        binary(leaf(random, 2, 9), '*', leaf(random, 10, 99)),
        sign(random),
        leaf(random, 10, 99),
      );
    default: {
      const inner = binary(leaf(random, 2, 20), sign(random), leaf(random, 2, 20));
      const product = binary(parenthesised(inner), '*', leaf(random, 2, 9));
      return binary(product, sign(random), leaf(random, 10, 99));
    }
  }
}

function leaf(random: Random, low: number, high: number): Expression {
  const value = random.integer(low, high);
  return { text: String(value), value };
}

function sign(random: Random): '+' | '-' {
  return random.pick(['+', '-'] as const);
}

function binary(left: Expression, operator: '+' | '-' | '*', right: Expression): Expression {
  const text = `${left.text} ${operator} ${right.text}`;
  switch (operator) {
    case '+':
      return { text, value: left.value + right.value };
    case '-':
      return { text, value: left.value - right.value };
    case '*':
      return { text, value: left.value * right.value };
  }
}

function parenthesised(expression: Expression): Expression {
  return { text: `(${expression.text})`, value: expression.value };
}
