<?php

/* Runs steps by name, prints a line for each, and has their comparisons. */

use Twilio\Exceptions\RestException;

$steps = [];

function step(string $name, callable $work): void {
    global $steps;
    $steps[] = [$name, $work];
}

/** Does every step, also after a failure, and exits with 1 when one failed. */
function run(): never {
    global $steps;
    $failures = 0;
    foreach ($steps as [$name, $work]) {
        try {
            $work();
            echo "ok $name\n";
        } catch (Throwable $error) {
            $reason = get_class($error) . ': ' . preg_replace('/\s+/', ' ', $error->getMessage());
            echo "failed $name $reason\n";
            $failures += 1;
        }
    }
    exit($failures > 0 ? 1 : 0);
}

function equal(mixed $actual, mixed $expected): void {
    if ($actual !== $expected) {
        throw new Exception(var_export($actual, true) . ' is not ' . var_export($expected, true));
    }
}

/** Expects the SDK's own exception, with the status and the code of the answer. */
function refused(int $status, int $code, callable $work): void {
    try {
        $work();
    } catch (RestException $error) {
        equal([$error->getStatusCode(), $error->getCode()], [$status, $code]);
        return;
    }
    throw new Exception('was not refused');
}

/** One property of each item. */
function each_of(array $things, string $property): array {
    return array_map(fn ($thing) => $thing->$property, $things);
}
