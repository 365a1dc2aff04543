"""An instrument counts what can be opened, in British English: which words it may not use."""

from __future__ import annotations

from pathlib import Path

import pytest

from assessment.content.files.located import Fault, read_toml_file
from assessment.content.instruments.wording import wording

FEELING = """
feel feeling felt agree agrees disagree agreement satisfied satisfaction dissatisfied happy unhappy happiness
confident overconfident comfortable uncomfortable morale mood opinion opinions sentiment attitude impression
perceive perceived perception motivated motivation engaged engagement enthusiastic inspired empowered
passionate trust trusted distrust loyal proud pleased delighted valued respected appreciated enjoy love hate
prefer preference hope hopeful worried anxious anxiety afraid fear fearless frustrated stress stressful
overwhelmed burnout burn-out exhausted wellbeing well-being psychologically strongly somewhat believe beliefs
""".split()
CLAIMS = "validated certified accredited scientifically predicts guaranteed benchmark percentiles".split()
AMERICAN = """
color colored behavior favorite honor labor neighbor rigor center centers theater liter fiber caliber somber
organize organized organizing organization recognize prioritized analyze analyzed analyzing paralyzed
summarize standardized customizable utilization defense offense pretense practiced practicing canceled
canceling labeled modeling traveler signaled leveled totaled counselor initialed enroll enrollment fulfill
fulfillment installment skillful willful catalog dialog analog artifact artifacts aging gray gotten skeptical
maneuver judgment acknowledgment pediatric anesthesia hematology orthopedic leukemia anemia gynecology
""".split()
BRITISH = """
colour behaviour favourite honour labour neighbour rigour rigorous centre theatre litre fibre organise
organised organisation recognise analyse analysed summarise practise practised practice licence licensed
cancelled labelled modelling traveller signalled levelled enrol enrolment fulfil fulfilment instalment
skilful catalogue dialogue artefact ageing grey sceptical manoeuvre judgement paediatric anaesthetic
size sized resize sizes prize prizes seized citizen horizon maize capsized metre meter program major minor
error mirror sector prior author motor honorary laborious humorous advise exercise
parameter corner border order letter later winter offer differ likely confidence content hover steel
""".split()


def faults_of(tmp_path: Path, text: str, key: str = "sentence") -> list[Fault]:
    """Return what the lint finds in one text of an instrument."""
    path = tmp_path / "part.toml"
    path.write_text(f'{key} = "{text}"\n', encoding="utf-8")
    return list(wording(read_toml_file(path, tmp_path)))


@pytest.mark.parametrize(
    ("words", "fault"),
    [
        (FEELING, "speaks of feeling or opinion"),
        (CLAIMS, "claims more than is known"),
        (AMERICAN, "is an American spelling"),
    ],
)
def test_a_word_of_the_list_is_refused_with_its_line_in_any_case(
    tmp_path: Path, words: list[str], fault: str
) -> None:
    for word in words:
        for text in (f"The {word} of it.", word.capitalize()):
            (found,) = faults_of(tmp_path, text)
            assert (found.line, found.fault.lower()) == (1, f"'{word}' {fault}".lower())


@pytest.mark.parametrize("phrase", ["do you think", "how sure are you", "how likely are you", "in your view"])
def test_a_question_that_asks_for_a_view_is_refused(tmp_path: Path, phrase: str) -> None:
    assert faults_of(tmp_path, f"{phrase} it holds?", "question")


def test_what_is_british_or_both_is_left_alone(tmp_path: Path) -> None:

    assert faults_of(tmp_path, " ".join(BRITISH)) == []


def test_only_the_limit_of_a_form_may_say_that_it_shows_a_belief(tmp_path: Path) -> None:
    limit = '[[forms]]\nid = "short"\nlimit = "This is what you believe."\npurpose = "What you believe."\n'
    path = tmp_path / "instrument.toml"
    path.write_text(limit, encoding="utf-8")

    assert [found.line for found in wording(read_toml_file(path, tmp_path))] == [4]


@pytest.mark.parametrize("key", ["question", "small_question", "total_question", "from_memory"])
def test_a_question_ends_with_a_question_mark(tmp_path: Path, key: str) -> None:
    assert "does not end with a question mark" in faults_of(tmp_path, "How many of them hold.", key)[0].fault
    assert faults_of(tmp_path, "How many of them hold?", key) == []
