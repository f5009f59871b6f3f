# Runs steps by name, prints a line for each, and has their comparisons.

STEPS = []

def step(name, &work)
  STEPS << [name, work]
end

# Does every step, also after a failure, and exits with 1 when one failed.
def run
  failures = 0
  STEPS.each do |name, work|
    work.call
    puts "ok #{name}"
  rescue StandardError => e
    puts "failed #{name} #{e.class}: #{e.message.split.join(' ')}"
    failures += 1
  end
  exit(failures.positive? ? 1 : 0)
end

def equal(actual, expected)
  raise "#{actual.inspect} is not #{expected.inspect}" unless actual == expected
end

# Expects the SDK's own exception, with the status and the code of the answer.
def refused(status, code)
  yield
rescue Twilio::REST::RestError => e
  equal([e.status_code, e.code], [status, code])
else
  raise 'was not refused'
end
