/** Words for RandomPet. */
const list = (text: string) => text.split(" ");

export const adverbs = list(
    "boldly calmly clearly daily deeply eagerly early fairly firmly freely gladly gently hardly humbly jointly justly " +
        "keenly kindly largely lately lightly loudly mainly mostly neatly newly nicely openly partly plainly promptly proudly " +
        "quickly quietly rarely readily really safely sharply shortly simply slowly smoothly softly solidly soundly steadily " +
        "strictly surely swiftly truly warmly widely wisely",
);
export const adjectives = list(
    "able active agile alert ample apt bold brave brief bright brisk broad busy calm careful cheerful civil clean clear " +
        "clever close cool crisp curious daring deep eager early easy exact fair famous fast fine firm fit fleet fluent fond frank " +
        "free fresh full gentle glad golden good grand great happy hardy honest humble ideal keen kind large light lively loyal " +
        "lucky mellow merry mild modest neat nimble noble novel open patient plain polite prime proud pure quick quiet rapid ready " +
        "rich robust round safe sharp silent silver simple sleek smart smooth sober solid sound spry steady still stout strong " +
        "sturdy subtle sunny sure swift tidy tough true upright vast vivid warm wide wise witty young",
);
export const animals = list(
    "adder albatross alpaca ant antelope badger barnacle bat bear beaver bee beetle bison boar bobcat buffalo bullfinch " +
        "camel caribou carp cat cheetah chinchilla cicada cod condor coral cougar cow crab crane cricket crow cuckoo deer dingo " +
        "dog dolphin donkey dove dragonfly duck eagle eel egret eland elephant elk emu ermine falcon ferret finch firefly flamingo " +
        "fox frog gazelle gecko gibbon giraffe gnu goat goldfinch goose grebe grouse gull hamster hare hawk hedgehog hen heron " +
        "herring hippo hornet horse husky ibex ibis iguana impala jackal jaguar jay kangaroo kestrel kite kiwi koala lark lemming " +
        "lemur leopard lion lizard llama lobster lynx macaw mackerel magpie marlin marmot marten mole moose moth mouse mule newt " +
        "ocelot octopus opossum orca oriole osprey ostrich otter owl ox oyster panda panther parrot pelican penguin perch pheasant " +
        "pigeon pika plover pony possum puffin puma quail rabbit raccoon ram raven robin salmon seahorse seal shrew skunk sloth " +
        "snail sparrow squid squirrel stoat stork swallow swan swift tapir tern tiger toad trout tuna turtle viper vole walrus " +
        "weasel whale wolf wombat woodcock wren yak zebra",
);
