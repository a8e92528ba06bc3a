"""Which jobs are done together."""

from syncline_chassis.connector.jobs import Job, batch_of

from tests.unit.connector.samples import NOW, job


def numbers(batch: list[Job]) -> list[str]:
    return [one.job_id for one in batch]


def test_the_oldest_verb_goes_first_and_takes_its_like_along() -> None:
    jobs = [job(1), job(2, kind="apply"), job(3)]
    assert numbers(batch_of(jobs)) == ["job-1", "job-3"]
    assert batch_of([]) == []


def test_a_tenant_is_in_a_batch_once() -> None:
    jobs = [job(1, tenant_id="t"), job(2, tenant_id="t"), job(3)]
    assert numbers(batch_of(jobs)) == ["job-1", "job-3"]


def test_who_failed_in_company_goes_alone() -> None:
    jobs = [job(1), job(2, alone=True), job(3)]
    assert numbers(batch_of(jobs)) == ["job-1", "job-3"]
    assert numbers(batch_of(jobs[1:])) == ["job-2"]


def test_a_job_survives_the_database() -> None:
    one = job(7, payload={"plan_hash": "abc"})
    assert Job.load(one.row()) == one


def test_what_follows_is_a_job_of_its_own_for_the_same_request() -> None:
    first = job(1, kind="apply", attempts=3, alone=True)
    then = first.then("verify", NOW)
    assert (then.kind, then.request_id, then.attempts, then.alone) == (
        *("verify", first.request_id, 0, False),
    )
    assert then.job_id != first.job_id
