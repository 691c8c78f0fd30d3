from tests.server.people import Team, problem


def test_members_are_listed_with_name_and_role(team: Team):
    found = team.reviewer.get(f"{team.path}/members").json()["items"]
    mine = {"user_id": team.annotator.user.id, "name": team.annotator.user.name}
    assert mine | {"role": "annotator"} in found
    assert len(found) == 4


def test_a_role_opens_the_project_and_its_end_closes_it(team: Team):
    place = f"{team.path}/members/{team.outsider.user.id}"
    assert team.admin.put(place, {"role": "annotator"}).json()["role"] == "annotator"
    assert team.outsider.get(team.path).status_code == 200
    assert team.admin.delete(place).status_code == 204
    problem(team.outsider.get(team.path), 404, "not_found")


def test_a_new_role_takes_the_place_of_the_old(team: Team):
    team.admin.put(f"{team.path}/members/{team.annotator.user.id}", {"role": "reviewer"})
    assert team.annotator.get(f"{team.path}/members").status_code == 200


def test_a_role_is_one_of_three(team: Team):
    answer = team.admin.put(f"{team.path}/members/{team.outsider.user.id}", {"role": "king"})
    assert "annotator" in problem(answer, 422, "validation_failed")["detail"]


def test_nobody_can_be_made_of_nothing(team: Team):
    problem(team.admin.put(f"{team.path}/members/999999", {"role": "admin"}), 404, "not_found")
    problem(team.admin.delete(f"{team.path}/members/999999"), 404, "not_found")


def test_an_id_has_64_bits(team: Team):
    answer = team.admin.put(f"{team.path}/members/{2**63}", {"role": "admin"})
    problem(answer, 422, "validation_failed")
